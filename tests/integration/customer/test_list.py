"""GET /v1/customers."""

import json
from urllib.parse import parse_qs

import pytest
from itsdangerous import TimestampSigner

from tests.support.customers import LIST, NOBODY, Arrivals, created, erased, ids_of, pages, patched
from tests.support.gateway import Gateway
from tests.support.problems import code


def test_without_customers_a_list_is_empty(gateway: Gateway) -> None:
    answer = gateway.call(LIST)
    assert (answer.status, answer.json) == (200, {"items": [], "next_cursor": None})
    assert "link" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_a_list_shows_customers_as_they_are_read_newest_first(gateway: Gateway) -> None:
    ada = created(gateway, email="ada@example.com", phone="+14155550123")
    eve = patched(gateway, created(gateway, email="eve@example.com"), {"given_name": "Eve"}).json
    listed = gateway.call(LIST).json["items"]
    assert sorted(listed, key=lambda customer: str(customer["id"])) == sorted(
        [ada, eve], key=lambda customer: str(customer["id"])
    )


def test_pages_hold_every_customer_once_newest_first(gateway: Gateway, arrivals: Arrivals) -> None:
    ids = arrivals.ids(23)[::-1]
    for limit in (5, 8, 23, 24):
        found = pages(gateway, limit=limit)
        assert found == [ids[start : start + limit] for start in range(0, 23, limit)]


def test_a_page_has_20_customers_where_none_says_how_many(gateway: Gateway, arrivals: Arrivals) -> None:
    arrivals.ids(21)
    answer = gateway.call(LIST)
    assert len(answer.json["items"]) == 20
    assert answer.headers["link"] == f'<?limit=20&cursor={answer.json["next_cursor"]}>; rel="next"'


def test_the_link_leads_to_the_next_page(gateway: Gateway, arrivals: Arrivals) -> None:
    ids = arrivals.ids(5)[::-1]
    first = gateway.call(LIST, query="limit=3")
    target = first.headers["link"].removeprefix("<?").partition(">")[0]
    second = gateway.call(LIST, query=target)
    assert ids_of(second) == ids[3:]
    assert "link" not in second.headers


def test_who_is_created_between_pages_moves_nobody(gateway: Gateway, arrivals: Arrivals) -> None:
    ids = arrivals.ids(20)[::-1]
    found, cursor = [], ""
    for _ in range(4):
        answer = gateway.call(LIST, query=f"limit=5{cursor}")
        found += ids_of(answer)
        cursor = f"&cursor={answer.json['next_cursor']}"
        arrivals.ids(3)
    assert found == ids
    assert answer.json["next_cursor"] is None


def test_who_is_erased_between_pages_is_missed_alone(gateway: Gateway, arrivals: Arrivals) -> None:
    ids = arrivals.ids(12)[::-1]
    first = gateway.call(LIST, query="limit=4")
    # The last one of the page, where the cursor stands, and one that is still to come.
    for identifier in (ids[3], ids[6]):
        assert erased(gateway, {"id": identifier, "version": 1}).status == 202
    second = gateway.call(LIST, query={"limit": 100, "cursor": first.json["next_cursor"]})
    assert ids_of(second) == [*ids[4:6], *ids[7:]]


def test_a_cursor_may_be_used_again_and_with_another_limit(gateway: Gateway, arrivals: Arrivals) -> None:
    ids = arrivals.ids(9)[::-1]
    cursor = gateway.call(LIST, query="limit=4").json["next_cursor"]
    for limit in (1, 2, 100):
        assert ids_of(gateway.call(LIST, query={"limit": limit, "cursor": cursor})) == ids[4 : 4 + limit]


def test_a_cursor_of_another_client_is_400(gateway: Gateway, arrivals: Arrivals) -> None:
    arrivals.ids(2)
    cursor = gateway.call(LIST, query="limit=1").json["next_cursor"]
    other = Gateway(gateway.handler, client_id="another-client")
    assert code(other.call(LIST, query={"cursor": cursor})) == (400, "invalid_cursor")


def test_a_cursor_is_good_for_an_hour(gateway: Gateway, arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch) -> None:
    arrivals.ids(2)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: 1_795_359_600)
    cursor = gateway.call(LIST, query="limit=1").json["next_cursor"]
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: 1_795_359_600 + 3600)
    assert gateway.call(LIST, query={"cursor": cursor}).status == 200
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: 1_795_359_600 + 3601)
    assert code(gateway.call(LIST, query={"cursor": cursor})) == (400, "invalid_cursor")


@pytest.mark.parametrize("cursor", ["", "x", "a.b.c", NOBODY, "é", "\x00", "." * 1000, "null", "=="])
def test_a_forged_cursor_is_400(gateway: Gateway, cursor: str) -> None:
    answer = gateway.call(LIST, query={"cursor": cursor})
    assert code(answer) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=-1", "/limit"),
        ("limit=", "/limit"),
        ("limit=x", "/limit"),
        ("limit=5&limit=5", "/limit"),
        ("cursor=a&cursor=b", "/cursor"),
        ("colour=red", "/colour"),
        ("Limit=5", "/Limit"),
        ("a~/b=1", "/a~0~1b"),
    ],
)
def test_a_query_that_does_not_fit_is_422_with_a_pointer(gateway: Gateway, query: str, pointer: str) -> None:
    answer = gateway.call(LIST, query=query)
    assert code(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.usefixtures("cold")
def test_a_list_of_one_page_needs_no_signing_key(
    gateway: Gateway, arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals.ids(3)
    monkeypatch.setenv("SIGNING_KEY_ID", "alias/there-is-none")
    assert gateway.call(LIST, query="limit=3").status == 200
    assert gateway.call(LIST, query="limit=2").status == 500


def test_pages_that_dynamodb_cuts_for_their_size_hold_every_customer_once(
    gateway: Gateway, arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In DynamoDB a page ends at 1 MB; here at two customers.
    monkeypatch.setattr("moto.dynamodb.models.table.RESULT_SIZE_LIMIT", 700)
    ids = arrivals.ids(17)[::-1]
    found = pages(gateway, limit=100)
    assert len(found) > 1
    assert [identifier for page in found for identifier in page] == ids


def test_a_cursor_tells_its_position_and_no_more(gateway: Gateway, arrivals: Arrivals) -> None:
    arrivals.ids(2)
    first = gateway.call(LIST, query="limit=1")
    (cursor,) = parse_qs(first.headers["link"].removeprefix("<?").partition(">")[0])["cursor"]
    assert cursor == first.json["next_cursor"]
    assert len(cursor) < 120


def test_a_page_is_cut_before_it_is_more_than_lambda_can_answer_with(gateway: Gateway) -> None:
    # 50 values of 500 quotes: 25 kB stored, escaped twice on the way out.
    heavy = {f"k{number}": '"' * 500 for number in range(50)}
    first, second = (dict(list(heavy.items())[half : half + 25]) for half in (0, 25))
    for number in range(60):
        made = gateway.call("POST /v1/customers", body={"given_name": "A", "email": f"{number}@example.com"})
        for version, part in enumerate((first, second), start=1):
            changed = gateway.call(
                "PATCH /v1/customers/{customer_id}",
                path={"customer_id": made.json["id"]},
                headers={"If-Match": f'"{version}"'},
                body={"metadata": part},
            )
            assert changed.status == 200
    seen, query = [], "limit=100"
    while query:
        page = gateway.call("GET /v1/customers", query=query)
        assert page.status == 200
        assert len(json.dumps(page.text)) < 6_000_000
        seen += [customer["id"] for customer in page.json["items"]]
        query = f"limit=100&cursor={page.json['next_cursor']}" if page.json["next_cursor"] else ""
    assert len(seen) == len(set(seen)) == 60
