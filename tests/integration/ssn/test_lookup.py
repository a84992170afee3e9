"""POST /v1/ssn/lookup: whose a number is."""

import pytest

from functions.ssn.models import SsnPurpose
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import ADA, BOB, acts, audit, erase, lookup, put, remove, stored, write
from tests.support.gateway import Gateway


def test_a_number_leads_to_its_customer_and_that_is_audited_there(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    put(gateway, "601-20-7735", BOB)
    found = lookup(gateway, "601207735", "legal_order")
    assert (found.status, found.json, found.headers["cache-control"]) == (200, {"customer_id": BOB}, "no-store")
    assert acts(gateway, ADA) == ["store done"]
    newest = audit(gateway, BOB).json["items"][0]
    assert (newest["action"], newest["purpose"], newest["actor"]) == ("lookup", "legal_order", "usr_0001")


def test_a_number_that_nobody_has_leads_nowhere_and_is_audited_nowhere(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    missed = lookup(gateway, "601-20-7735")
    assert (missed.status, missed.json["code"]) == (404, "no_customer_with_ssn")
    assert acts(gateway) == ["store done"]


def test_a_lookup_asks_kms_once_and_decrypts_nothing(gateway: Gateway, sent: Sent) -> None:
    put(gateway, "512-73-8046")
    sent.clear()
    lookup(gateway, "512-73-8046")
    assert [operation for operation, _ in sent] == [
        "UpdateItem",
        "GenerateMac",
        "GetItem",
        "TransactGetItems",
        "TransactWriteItems",
    ]


@pytest.mark.parametrize("purpose", list(SsnPurpose))
def test_every_purpose_is_taken(gateway: Gateway, purpose: str) -> None:
    put(gateway, "512-73-8046")
    assert lookup(gateway, "512-73-8046", purpose).status == 200


def test_no_other_purpose_is_taken_and_none_is_no_purpose(gateway: Gateway, sent: Sent) -> None:
    bodies = [{"ssn": "512-73-8046"}, *({"ssn": "512-73-8046", "purpose": said} for said in ("curiosity", "", None))]
    answers = [gateway.call("POST /v1/ssn/lookup", body=body) for body in bodies]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(422, "invalid_request")] * 4
    assert sent == []


def test_an_index_item_that_does_not_fit_the_customers_own_marks_leads_nowhere(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    (mark,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"] == {"S": "INDEX"}]
    put(gateway, "601-20-7735", BOB)
    write("KEYRING_NAME", [{**mark, "customer_id": {"S": BOB}}])
    assert lookup(gateway, "512-73-8046").status == 404


def test_an_erased_number_leads_nowhere(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    before = stored("KEYRING_NAME")["KEYRING_NAME"]
    erase(gateway)
    assert lookup(gateway, "512-73-8046").status == 404
    write("KEYRING_NAME", [item for item in before if item["sk"] == {"S": "INDEX"}])
    assert lookup(gateway, "512-73-8046").status == 404
    # Nor where its keys came back with it, from a backup.
    write("KEYRING_NAME", before)
    assert lookup(gateway, "512-73-8046").status == 404


def test_where_the_index_item_is_gone_nobody_is_found(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    (mark,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"] == {"S": "INDEX"}]
    remove("KEYRING_NAME", mark)
    assert lookup(gateway, "512-73-8046").status == 404
