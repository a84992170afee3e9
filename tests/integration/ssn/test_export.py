"""GET /v1/ssn/{customer_id}/export: a subject's copy, recorded before it is given."""

from typing import Any

import pytest

from functions.ssn.quota import EXPORTS
from tests.integration.ssn.conftest import Sent, forget, route
from tests.integration.ssn.leaks import found
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    WHY,
    acts,
    audit,
    consent,
    erase,
    export,
    get,
    lookup,
    put,
    remove,
    reveal,
    revoke,
    stored,
    verify,
    write,
)
from tests.support.gateway import Gateway

SSN = "512-73-8046"


@pytest.fixture
def used(gateway: Gateway) -> Gateway:
    """The service, after each operation on Ada's number."""
    put(gateway, SSN)
    put(gateway, SSN)
    verify(gateway, SSN, consent("c1"))
    lookup(gateway, SSN)
    reveal(gateway)
    revoke(gateway, "c2")
    return gateway


def items(gateway: Gateway, **query: Any) -> list[dict[str, Any]]:
    """All items of an export, from all its pages."""
    page = export(gateway, **query).json
    listed = list(page["items"])
    while page["next_cursor"]:
        page = export(gateway, **query, cursor=page["next_cursor"]).json
        listed += page["items"]
    return listed


def test_an_export_contains_the_masked_number_and_every_recipient(used: Gateway) -> None:
    answer = export(used)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    page = answer.json
    assert (page["customer_id"], page["number"], page["verified"]) == (ADA, get(used).json, True)
    assert [(each["action"], each["outcome"], each["received"]) for each in page["items"]] == [
        ("revoke_consent", "done", None),
        ("reveal", "done", "full_number"),
        ("lookup", "done", "customer_id"),
        ("verify", "match", "comparison"),
        ("store", "match", "comparison"),
        ("store", "done", None),
    ]
    revealed, verified = page["items"][1], page["items"][3]
    assert (revealed["purpose"], revealed["justification"]) == (WHY["purpose"], WHY["justification"])
    assert verified["consent"]["consent_id"] == "c1"
    assert {each["client_id"] for each in page["items"]} == {"client-under-test"}
    assert found(["512738046"], [answer.text]) == []


def test_an_export_names_no_employee(used: Gateway) -> None:
    answer = export(used)
    assert "usr_0001" not in answer.text
    assert "actor" not in answer.json["items"][0]


def test_each_section_names_purpose_retention_and_law(used: Gateway) -> None:
    page = export(used).json
    assert [section["name"] for section in page["sections"]] == ["number", "items"]
    assert all(section[name] for section in page["sections"] for name in ("purpose", "retention", "law"))
    assert {section["name"] for section in page["sections"]} <= set(page)


def test_an_export_is_recorded_with_its_reference_and_appears_in_the_next(used: Gateway) -> None:
    assert [each for each in export(used, reference="req_1").json["items"] if each["action"] == "export"] == []
    newest = audit(used).json["items"][0]
    said = {name: newest[name] for name in ("action", "reference", "client_id", "actor", "outcome")}
    assert said == {
        "action": "export",
        "reference": "req_1",
        "client_id": "client-under-test",
        "actor": "usr_0001",
        "outcome": "done",
    }
    [first, *_] = export(used, reference="req_2").json["items"]
    assert (first["action"], first["reference"], first["received"]) == ("export", "req_1", "export")


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 100])
def test_pages_contain_each_item_once_and_only_the_first_is_recorded(used: Gateway, limit: int) -> None:
    assert [each["action"] for each in items(used, limit=limit)] == [
        "revoke_consent",
        "reveal",
        "lookup",
        "verify",
        "store",
        "store",
    ]
    assert acts(used).count("export done") == 1


def test_later_pages_have_no_number(used: Gateway) -> None:
    cursor = export(used, limit=2).json["next_cursor"]
    assert export(used, limit=2, cursor=cursor).json["number"] is None


def test_a_cursor_belongs_to_its_reference_and_customer(used: Gateway) -> None:
    cursor = export(used, limit=2).json["next_cursor"]
    assert export(used, limit=2, cursor=cursor, reference="req_2").json["code"] == "invalid_cursor"
    assert export(used, BOB, limit=2, cursor=cursor).json["code"] == "invalid_cursor"


@pytest.mark.parametrize("reference", [None, "", "two words", "512-73-8046", "x" * 129])
def test_an_export_needs_an_opaque_reference(gateway: Gateway, sent: Sent, reference: str | None) -> None:
    query = {} if reference is None else {"reference": reference}
    answer = gateway.call("GET /v1/ssn/{customer_id}/export", path={"customer_id": ADA}, query=query)
    assert (answer.status, answer.json["code"]) == (422, "invalid_request")
    assert (sent, found(["512738046"], [answer.text])) == ([], [])


def test_the_entry_is_written_before_the_last_four_digits_are_decrypted(sent: Sent, gateway: Gateway) -> None:
    put(gateway, SSN)
    sent.clear()
    export(gateway)
    assert [operation for operation, _ in sent] == [
        "UpdateItem",
        "TransactGetItems",
        "TransactWriteItems",
        "Decrypt",
        "Query",
    ]


def test_an_export_that_cannot_be_recorded_returns_nothing(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    put(gateway, SSN)
    monkeypatch.setenv("AUDIT_NAME", "no-such-table")
    forget()
    answer = export(gateway)
    assert (answer.status, answer.json["code"]) == (503, "audit_not_recorded")


def test_nothing_is_exported_of_a_customer_of_whom_nothing_is_held(gateway: Gateway) -> None:
    for customer_id in (ADA, "cus_1"):
        answer = export(gateway, customer_id)
        assert (answer.status, answer.json["code"]) == (404, "ssn_not_found")
    assert audit(gateway).status == 404


def test_without_a_number_the_audit_is_exported(gateway: Gateway) -> None:
    put(gateway, SSN, BOB)
    put(gateway, SSN)
    page = export(gateway).json
    assert page["number"] is None
    assert [(each["action"], each["outcome"]) for each in page["items"]] == [("store", "conflict")]


def test_an_export_that_is_incomplete_says_so(used: Gateway) -> None:
    remove("AUDIT_NAME", {"pk": {"S": f"CUS#{ADA}"}, "sk": {"S": "0000000002"}})
    page = export(used).json
    assert (page["verified"], len(page["items"])) == (False, 5)


def test_a_lost_head_and_chain_leave_the_number_in_the_export(gateway: Gateway) -> None:
    put(gateway, SSN)
    [head] = [item for item in stored("TABLE_NAME")["TABLE_NAME"] if item["sk"] == {"S": "AUDIT"}]
    remove("TABLE_NAME", head)
    remove("AUDIT_NAME", stored("AUDIT_NAME")["AUDIT_NAME"][0])
    page = export(gateway).json
    assert (page["number"]["masked"], page["items"], page["verified"]) == ("***-**-8046", [], False)


def test_an_erasure_between_two_pages_ends_the_export(used: Gateway) -> None:
    cursor = export(used, limit=2).json["next_cursor"]
    erase(used)
    for query in ({}, {"cursor": cursor}):
        gone = export(used, limit=2, **query)
        assert (gone.status, gone.json["code"]) == (410, "ssn_erased")


def spend(subject: str, used: int) -> None:
    """Use up a part of a quota in the current window."""
    [item] = [each for each in stored("TABLE_NAME")["TABLE_NAME"] if each["pk"]["S"] == f"QUOTA#export#{subject}"]
    write("TABLE_NAME", [{**item, "used": {"N": str(used)}}])


def test_a_client_has_a_quota_of_exports_and_later_pages_do_not_count(used: Gateway) -> None:
    export(used)
    spend("client-under-test", EXPORTS.limit - 1)
    assert len(items(used, limit=1)) == 7
    refused = export(used)
    assert (refused.status, refused.json["code"]) == (429, "quota_exceeded")
    used.client_id = "another-client"
    assert export(used).status == 200


def test_a_person_who_is_signed_in_has_an_own_quota(gateway: Gateway) -> None:
    person = {"name": "sub-1"}

    def signed_in(event: dict[str, Any], context: object) -> dict[str, Any]:
        claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
        claims |= {"username": person["name"], "sub": person["name"]}
        return route(event, context)

    put(gateway, SSN)
    gateway.handler = signed_in
    assert export(gateway).status == 200
    spend("client-under-test sub-1", EXPORTS.limit)
    assert export(gateway).status == 429
    person["name"] = "sub-2"
    assert export(gateway).status == 200
