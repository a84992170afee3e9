"""GET /v1/customers/{customer_id}/events."""

from typing import Any

import pytest

from tests.support.customers import ADA, CREATE, NOBODY, created, erased, history, moved, patched, store_on
from tests.support.gateway import Gateway
from tests.support.problems import code


def versions(answer: Any) -> list[int]:
    """The versions on a page."""
    assert answer.status == 200, answer.text
    return [change["version"] for change in answer.json["items"]]


def test_a_creation_names_what_was_given(gateway: Gateway) -> None:
    customer = gateway.call(CREATE, body=ADA, headers={"Dossier-Actor": "clerk-7"}).json
    (change,) = history(gateway, customer["id"]).json["items"]
    assert change == {
        "version": 1,
        "type": "created",
        "at": customer["created_at"],
        "caller": {"client_id": "client-under-test", "actor": "clerk-7"},
        "fields": [*ADA],
        "reason": None,
    }


ADDRESS = ADA["address"]


@pytest.mark.parametrize(
    ("patch", "fields"),
    [
        ({"phone": None}, ["phone"]),
        ({"given_name": "Augusta", "metadata": {"a": "b"}}, ["given_name", "metadata"]),
        ({"email": "ADA@example.com"}, ["email"]),
        ({"address": {"city": "Oakland", "line2": None}}, ["address.line2", "address.city"]),
        ({"address": None}, ["address"]),
        ({"date_of_birth": "1985-12-11", "language": "en", "family_name": None}, None),
    ],
)
def test_a_change_names_what_it_changed(gateway: Gateway, patch: dict[str, Any], fields: list[str] | None) -> None:
    customer = patched(gateway, created(gateway, **ADA), patch).json
    newest = history(gateway, customer["id"]).json["items"][0]
    assert (newest["type"], newest["version"], newest["at"]) == ("changed", 2, customer["updated_at"])
    assert newest["fields"] == (fields or ["family_name", "date_of_birth", "language"])


def test_an_address_that_was_not_there_is_named_as_a_whole(gateway: Gateway) -> None:
    customer = patched(gateway, created(gateway), {"address": ADDRESS}).json
    assert history(gateway, customer["id"]).json["items"][0]["fields"] == ["address"]


def test_a_history_holds_no_values(gateway: Gateway) -> None:
    patch = {"metadata": {"secret-key": "v"}, "given_name": "Augusta"}
    customer = patched(gateway, created(gateway, **ADA), patch).json
    text = history(gateway, customer["id"]).text
    words = ["Ada", "Augusta", "Lovelace", "example.com", "4155550123", "1985", "Analytical", "gold", "secret-key"]
    assert [word for word in words if word in text] == []


def test_pages_of_a_history_are_newest_first_and_complete(gateway: Gateway) -> None:
    customer = created(gateway)
    for number in range(11):
        customer = patched(gateway, customer, {"given_name": f"Ada {number}"}).json
    for limit in (1, 5, 6, 12, 100):
        answer = history(gateway, customer["id"], limit=limit)
        found = versions(answer)
        while answer.json["next_cursor"] is not None:
            assert answer.headers["link"].startswith(f"<?limit={limit}&cursor=")
            answer = history(gateway, customer["id"], limit=limit, cursor=answer.json["next_cursor"])
            assert 0 < len(versions(answer)) <= limit
            found += versions(answer)
        assert found == list(range(12, 0, -1))


def test_a_change_between_two_pages_moves_nothing(gateway: Gateway) -> None:
    customer = created(gateway)
    customer = patched(gateway, customer, {"given_name": "Eve"}).json
    customer = moved(gateway, customer, "suspended").json
    first = history(gateway, customer["id"], limit=2)
    patched(gateway, customer, {"given_name": "Augusta"})
    assert versions(first) == [3, 2]
    assert versions(history(gateway, customer["id"], limit=2, cursor=first.json["next_cursor"])) == [1]


def test_a_cursor_is_good_for_one_customer(gateway: Gateway) -> None:
    one, other = (created(gateway, email=f"{name}@example.com") for name in ("one", "other"))
    patched(gateway, one, {"given_name": "Eve"})
    cursor = history(gateway, one["id"], limit=1).json["next_cursor"]
    assert code(history(gateway, other["id"], limit=1, cursor=cursor)) == (400, "invalid_cursor")
    assert versions(history(gateway, one["id"], limit=1, cursor=cursor)) == [1]


def test_a_page_that_dynamodb_ends_without_an_entry_goes_on() -> None:
    class Cut:
        def query(self, **_: Any) -> dict[str, Any]:
            """Nothing, and where to go on."""
            return {"Items": [], "LastEvaluatedKey": {"pk": {"S": "x"}, "sk": {"S": "EVENT#0000000007"}}}

    store = store_on(Cut())  # type: ignore[arg-type]
    assert store.history(NOBODY, 5, None) == ([], "EVENT#0000000007")


def test_the_history_of_nobody_is_404_and_of_an_erased_customer_410(gateway: Gateway) -> None:
    customer = created(gateway)
    erased(gateway, customer)
    assert code(history(gateway, NOBODY)) == (404, "customer_not_found")
    assert code(history(gateway, customer["id"])) == (410, "customer_erased")
    assert code(history(gateway, NOBODY, colour="red")) == (422, "invalid_request")
