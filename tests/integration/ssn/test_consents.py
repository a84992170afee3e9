"""Used consents are listed, and unused ones can be revoked."""

from typing import Any

import pytest

from functions.ssn import consent_store
from functions.ssn.environment import get_erasures
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    acts,
    audit,
    consent,
    consents,
    erase,
    put,
    revoke,
    stored,
    verify,
    write,
)
from tests.support.gateway import Gateway

SSN = "512-73-8046"


@pytest.fixture
def used(gateway: Gateway) -> list[dict[str, Any]]:
    """Three consents with which Ada's number was verified, in the order of their use."""
    put(gateway, SSN)
    given = [consent(f"c{at}") for at in range(3)]
    for each in given:
        assert verify(gateway, SSN, each).status == 200
    return given


def test_a_used_consent_is_listed_with_its_client_and_the_time_of_its_use(
    gateway: Gateway, used: list[dict[str, Any]]
) -> None:
    listed = consents(gateway).json["items"]
    assert [{**each, "client_id": "client-under-test", "used_at": listed[-1 - at]["used_at"]} for at, each in
            enumerate(used)] == listed[::-1]  # fmt: skip
    entries = [entry for entry in audit(gateway).json["items"] if entry["action"] == "verify"]
    assert [entry["consent"]["consent_id"] for entry in entries] == [each["consent_id"] for each in listed]
    assert all(use["used_at"] <= entry["at"] for use, entry in zip(listed, entries, strict=True))


@pytest.mark.parametrize(("limit", "pages"), [(1, 4), (2, 2), (3, 2), (100, 1)])
def test_pages_contain_each_consent_once(gateway: Gateway, used: list[dict[str, Any]], limit: int, pages: int) -> None:
    listed: list[str] = []
    cursor: dict[str, str] = {}
    read = 0
    while True:
        page = consents(gateway, limit=limit, **cursor).json
        listed += [each["consent_id"] for each in page["items"]]
        read += 1
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert listed == [each["consent_id"] for each in reversed(used)]
    assert read == pages


def test_a_page_costs_a_read_and_a_query(sent: Sent, gateway: Gateway, used: list[dict[str, Any]]) -> None:
    del used
    sent.clear()
    consents(gateway)
    assert [operation for operation, _ in sent] == ["TransactGetItems", "Query"]


def test_a_customer_without_a_number_has_no_list(gateway: Gateway) -> None:
    for customer_id in (ADA, "cus_1"):
        missing = consents(gateway, customer_id)
        assert (missing.status, missing.json["code"]) == (404, "ssn_not_found")
    put(gateway, SSN)
    assert consents(gateway).json == {"items": [], "next_cursor": None}


def test_a_consent_that_was_changed_outside_the_service_is_not_shown(
    gateway: Gateway, used: list[dict[str, Any]]
) -> None:
    del used
    items = [item for item in stored("TABLE_NAME")["TABLE_NAME"] if "consent_id" in item]
    write("TABLE_NAME", [{**items[0], "method": {"S": "oral"}}])
    answer = consents(gateway)
    assert (answer.status, answer.json["code"]) == (500, "ssn_unreadable")


def test_a_revoked_consent_is_refused_for_every_customer_and_the_revocation_is_audited(gateway: Gateway) -> None:
    put(gateway, SSN)
    put(gateway, "601-20-7735", BOB)
    revoked = revoke(gateway, "c1")
    assert (revoked.status, revoked.text) == (204, "")
    for customer_id in (ADA, BOB):
        refused = verify(gateway, SSN, consent("c1"), customer_id)
        assert (refused.status, refused.json["code"]) == (403, "consent_revoked")
    assert acts(gateway) == ["store done", "revoke_consent done"]
    assert audit(gateway).json["items"][0]["revoked"] == {"client_id": "client-under-test", "consent_id": "c1"}
    gateway.client_id = "another-client"
    assert verify(gateway, SSN, consent("c1")).status == 200


def test_a_repeated_revocation_changes_nothing(gateway: Gateway) -> None:
    put(gateway, SSN)
    revoke(gateway, "c1")
    before = stored()
    assert revoke(gateway, "c1").status == 204
    assert stored() == before


def test_a_used_consent_cannot_be_revoked(gateway: Gateway, used: list[dict[str, Any]]) -> None:
    refused = revoke(gateway, used[0]["consent_id"])
    assert (refused.status, refused.json["code"]) == (409, "consent_used")
    assert acts(gateway)[-1] == "verify match"


def test_a_consent_is_revoked_before_the_number_is_stored(gateway: Gateway) -> None:
    assert revoke(gateway, "c1").status == 204
    put(gateway, SSN)
    assert verify(gateway, SSN, consent("c1")).json["code"] == "consent_revoked"
    assert revoke(gateway, "c1", "cus_1").json["code"] == "ssn_not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_id": "client"},
        {"client_id": "client", "consent_id": "512-73-8046"},
        {"client_id": "512-73-8046", "consent_id": "c1"},
        {"client_id": "a client", "consent_id": "c1"},
        {"client_id": "client", "consent_id": "c1", "note": "x"},
    ],
)
def test_a_revocation_without_valid_ids_is_refused(gateway: Gateway, sent: Sent, body: dict[str, str]) -> None:
    answer = gateway.call("POST /v1/ssn/{customer_id}/consents/revocations", path={"customer_id": ADA}, body=body)
    assert (answer.status, answer.json["code"]) == (422, "invalid_request")
    assert sent == []


def test_an_erasure_deletes_the_list_and_the_consents_stay_used(gateway: Gateway, used: list[dict[str, Any]]) -> None:
    put(gateway, "601-20-7735", BOB)
    erase(gateway)
    assert [item for item in stored("TABLE_NAME")["TABLE_NAME"] if "consent_id" in item] == []
    assert verify(gateway, "601-20-7735", used[0], BOB).json["code"] == "consent_used"
    for answer in (consents(gateway), revoke(gateway, "c9")):
        assert (answer.status, answer.json["code"]) == (410, "ssn_erased")


def test_more_consents_than_a_transaction_has_room_for_are_deleted_too(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(gateway, SSN)
    verify(gateway, SSN, consent("c0"))
    put(gateway, "601-20-7735", BOB)
    verify(gateway, "601-20-7735", consent("of-bob"), BOB)
    [use] = [item for item in stored("TABLE_NAME")["TABLE_NAME"] if item.get("consent_id") == {"S": "c0"}]
    write("TABLE_NAME", [{**use, "sk": {"S": f"{use['sk']['S']}{at:03}"}} for at in range(204)])
    query = consent_store.ConsentStore._query  # noqa: SLF001 - the pages of 1 MB would need 3,000 items
    monkeypatch.setattr(
        consent_store.ConsentStore,
        "_query",
        lambda store, customer_id, position, limit=50: query(store, customer_id, position, limit),
    )
    erased = get_erasures().erase(ADA, "era_1").erased
    assert erased == {"numbers": 1, "consents": 205}
    assert [item["consent_id"]["S"] for item in stored("TABLE_NAME")["TABLE_NAME"] if "consent_id" in item] == [
        "of-bob"
    ]
