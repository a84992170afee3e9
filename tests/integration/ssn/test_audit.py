"""GET /v1/ssn/{customer_id}/audit: everything that was done, newest first, and whether the record is whole."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.ssn.environment import get_audit
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    audit,
    consent,
    get,
    lookup,
    put,
    remove,
    restore,
    reveal,
    stored,
    verify,
    write,
)
from tests.support.gateway import Gateway

Item = dict[str, Any]


@pytest.fixture
def history(gateway: Gateway) -> Gateway:
    """The service, after twelve acts on Ada's number and one on Bob's."""
    put(gateway, "512-73-8046")
    put(gateway, "601-20-7735", BOB)
    verify(gateway, "512-73-8046", consent("c1"))
    for _ in range(10):
        lookup(gateway, "512-73-8046")
    return gateway


def pages(gateway: Gateway, limit: int) -> tuple[list[int], list[bool]]:
    """The sequences of all entries as they are listed, and what each page says of itself."""
    sequences: list[int] = []
    verified: list[bool] = []
    cursor: dict[str, str] = {}
    while True:
        page = audit(gateway, limit=limit, **cursor).json
        sequences += [entry["sequence"] for entry in page["items"]]
        verified.append(page["verified"])
        if page["next_cursor"] is None:
            return sequences, verified
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(("limit", "count"), [(1, 12), (5, 3), (6, 2), (12, 1), (100, 1)])
def test_pages_hold_every_entry_once_and_each_continues_the_one_before(
    history: Gateway, limit: int, count: int
) -> None:
    assert pages(history, limit) == (list(range(12, 0, -1)), [True] * count)


def test_an_entry_says_who_did_what_and_when(history: Gateway) -> None:
    newest, *_, first = audit(history, limit=100).json["items"]
    assert {name: first[name] for name in ("sequence", "action", "outcome", "client_id", "actor", "previous")} == {
        "sequence": 1,
        "action": "store",
        "outcome": "done",
        "client_id": "client-under-test",
        "actor": "usr_0001",
        "previous": "0" * 64,
    }
    assert newest["at"] > first["at"]
    assert len(newest["hash"]) == 64


def test_a_page_links_to_the_next_and_its_cursor_is_good_for_its_customer_and_client_alone(history: Gateway) -> None:
    page = audit(history, limit=5)
    assert page.headers["link"].startswith("<?limit=5&cursor=")
    cursor = page.json["next_cursor"]
    assert audit(history, BOB, cursor=cursor).json["code"] == "invalid_cursor"
    assert audit(history, limit=5, cursor=cursor[:-1]).json["code"] == "invalid_cursor"
    history.client_id = "another-client"
    assert audit(history, limit=5, cursor=cursor).json["code"] == "invalid_cursor"


def test_a_page_costs_a_read_and_two_queries_and_those_after_it_a_query(sent: Sent, history: Gateway) -> None:
    cursor = audit(history, limit=5).json["next_cursor"]
    sent.clear()
    audit(history, limit=5)
    audit(history, limit=5, cursor=cursor)
    assert [operation for operation, _ in sent] == ["Query", "TransactGetItems", "Query", "Query"]


def test_what_nothing_was_done_with_has_no_audit(gateway: Gateway) -> None:
    for customer_id in (ADA, "cus_1", "512-73-8046"):
        answer = audit(gateway, customer_id)
        assert (answer.status, answer.json["code"]) == (404, "ssn_not_found")


def whole() -> bool:
    """Whether every page of Ada's audit says that it is whole."""
    page, position = get_audit().read(ADA, 6, None)
    while page.verified and position:
        page, position = get_audit().read(ADA, 6, position)
    return page.verified


def edits(entry: Item) -> list[Item]:
    """An entry with each of its members changed, removed, or joined by another."""
    changed = [
        {**entry, name: {"S": "0" * 64 if name in {"hash", "previous"} else "forged"}}
        for name, value in entry.items()
        if name not in {"pk", "sk", "write_token"} and value != {"S": "0" * 64}
    ]
    removed = [
        {kept: entry[kept] for kept in entry if kept != name}
        for name in entry
        if name not in {"pk", "sk", "write_token"}
    ]
    plausible = [
        {**entry, "action": {"S": "erase"}},
        {**entry, "outcome": {"S": "conflict"}},
        {**entry, "at": {"S": "2026-11-20T00:00:00.000Z"}},
        {**entry, "sequence": {"N": "2"}},
        {**entry, "purpose": {"S": "legal_order"}},
        {**entry, "justification": {"S": "None was given"}},
        {**entry, "note": {"S": "x"}},
        {**entry, "actor": {"M": {}}},
    ]
    return [each for each in changed + removed + plausible if each != entry]


def test_every_edit_deletion_reordering_and_cut_is_found(history: Gateway, show: Callable[[str], None]) -> None:
    before = stored("TABLE_NAME", "AUDIT_NAME")
    mine = sorted(
        (item for item in before["AUDIT_NAME"] if item["pk"]["S"] == f"CUS#{ADA}"), key=lambda i: i["sk"]["S"]
    )
    foreign = next(item for item in before["AUDIT_NAME"] if item["pk"]["S"] == f"CUS#{BOB}")
    (head,) = [item for item in before["TABLE_NAME"] if item["pk"] == mine[0]["pk"] and item["sk"]["S"] == "AUDIT"]
    keys = ("pk", "sk")
    tried = found = 0

    def attempt(writes: dict[str, list[Item]], removes: list[Item]) -> None:
        nonlocal tried, found
        for table, items in writes.items():
            write(table, items)
        for item in removes:
            remove("AUDIT_NAME", item)
        tried += 1
        found += not whole()
        restore(before)

    for entry in (mine[0], mine[1], mine[6], mine[11]):
        for edited in edits(entry):
            attempt({"AUDIT_NAME": [edited]}, [])
    for at in range(12):
        attempt({}, [mine[at]])
        attempt({}, mine[at:])
    for one, other in ((0, 1), (4, 5), (10, 11), (0, 11)):
        swapped = [{**mine[a], **{key: mine[b][key] for key in keys}} for a, b in ((one, other), (other, one))]
        attempt({"AUDIT_NAME": swapped}, [])
        numbered = [{**item, "sequence": mine[at]["sequence"]} for item, at in zip(swapped, (other, one), strict=True)]
        attempt({"AUDIT_NAME": numbered}, [])
    attempt({"AUDIT_NAME": [{**foreign, **{key: mine[0][key] for key in keys}}]}, [])
    # The tail cut, and the head moved back with it, but not to what the chain had there.
    attempt({"TABLE_NAME": [{**head, "sequence": {"N": "11"}}]}, [mine[11]])
    attempt({"TABLE_NAME": [{**head, "sequence": {"N": "0"}, "hash": {"S": "0" * 64}}]}, [])
    assert (tried, found) == (tried, tried)
    assert tried > 100
    assert whole()
    assert all(pages(history, 5)[1])
    show(f"audit: {tried} edits, deletions, reorderings and cuts tried, {found} found")


def test_a_chain_without_its_head_says_so(history: Gateway) -> None:
    (head,) = [
        item
        for item in stored("TABLE_NAME")["TABLE_NAME"]
        if item["pk"]["S"] == f"CUS#{ADA}" and item["sk"]["S"] == "AUDIT"
    ]
    remove("TABLE_NAME", head)
    page = audit(history, limit=100).json
    assert (len(page["items"]), page["verified"]) == (12, False)


def test_a_head_that_was_put_back_hides_no_entry(history: Gateway) -> None:
    (head,) = [
        item
        for item in stored("TABLE_NAME")["TABLE_NAME"]
        if item["pk"]["S"] == f"CUS#{ADA}" and item["sk"]["S"] == "AUDIT"
    ]
    assert reveal(history).status == 200
    write("TABLE_NAME", [head])
    page = audit(history, limit=100).json
    assert (len(page["items"]), page["verified"]) == (12, False)


@pytest.mark.parametrize("broken", [{"hash": None}, {"sequence": {"S": "x"}}, {"sequence": {"N": "1.5"}}])
def test_a_head_that_is_none_is_said_to_be_unreadable(history: Gateway, broken: Item) -> None:
    (head,) = [
        item
        for item in stored("TABLE_NAME")["TABLE_NAME"]
        if item["pk"]["S"] == f"CUS#{ADA}" and item["sk"]["S"] == "AUDIT"
    ]
    write("TABLE_NAME", [{name: value for name, value in {**head, **broken}.items() if value is not None}])
    for answer in (audit(history), reveal(history), lookup(history, "512-73-8046")):
        assert (answer.status, answer.json["code"]) == (500, "ssn_unreadable")
    assert get(history).status == 200
