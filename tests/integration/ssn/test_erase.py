"""DELETE /v1/ssn/{customer_id}: the keys are gone, and with them what every backup of the data table holds."""

from tests.integration.ssn.vault import (
    ADA,
    BOB,
    acts,
    audit,
    erase,
    get,
    put,
    restore,
    reveal,
    stored,
    write,
)
from tests.support.gateway import Gateway


def test_an_erased_number_is_gone_and_never_comes_again(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    gone = erase(gateway, if_match='"1"')
    assert (gone.status, gone.text) == (204, "")
    answers = [get(gateway), put(gateway, "512-73-8046"), put(gateway, "512-73-8046", if_match="*"), erase(gateway)]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(410, "ssn_erased")] * 4
    assert acts(gateway) == ["store done", "erase done"]


def test_of_an_erased_number_a_tombstone_and_the_audit_are_left(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    erase(gateway)
    left = stored()
    assert left["KEYRING_NAME"] == []
    assert sorted(name for item in left["TABLE_NAME"] for name in item if item["sk"] == {"S": "SSN"}) == [
        "erased",
        "erased_at",
        "pk",
        "sk",
        "write_token",
    ]
    assert len(left["AUDIT_NAME"]) == 2


def test_erasing_is_held_to_the_version_that_was_seen(gateway: Gateway) -> None:
    missing = erase(gateway)
    assert (missing.status, missing.json["code"]) == (404, "ssn_not_found")
    put(gateway, "512-73-8046")
    unheld, stale = erase(gateway, if_match=None), erase(gateway, if_match='"2"')
    assert (unheld.status, unheld.json["code"]) == (428, "precondition_required")
    assert (stale.status, stale.json["code"]) == (412, "precondition_failed")
    assert get(gateway).status == 200


def test_a_backup_of_the_data_table_brings_no_shredded_number_back_and_all_others(gateway: Gateway) -> None:
    customers = [f"cus_01JD8Z4Q7X9V5T3R1N0M2K4H{at:02}" for at in range(20)]
    for at, customer_id in enumerate(customers):
        put(gateway, f"5127380{at:02}", customer_id)
    backup = stored("TABLE_NAME")
    for customer_id in customers[::2]:
        erase(gateway, customer_id)
    restore(backup)
    readable = [get(gateway, customer_id).status for customer_id in customers]
    told = [reveal(gateway, customer_id).status for customer_id in customers]
    assert readable == [500, 200] * 10
    # Their audit goes on where the backup does not know it, so that not even the attempt can be recorded.
    assert told == [503, 200] * 10


def test_a_backup_of_the_keyring_alone_brings_nothing_back(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    backup = stored("KEYRING_NAME")
    erase(gateway)
    restore(backup)
    assert (get(gateway).status, reveal(gateway).status) == (410, 410)


def test_the_audit_of_an_erased_number_can_be_read(gateway: Gateway) -> None:
    put(gateway, "512-73-8046", BOB)
    erase(gateway, BOB)
    assert [entry["action"] for entry in audit(gateway, BOB).json["items"]] == ["erase", "store"]
    assert audit(gateway, ADA).status == 404


def test_a_mark_that_another_customer_has_keeps_nobody_from_being_forgotten(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    (mark,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"] == {"S": "INDEX"}]
    write("KEYRING_NAME", [{**mark, "customer_id": {"S": BOB}}])
    assert erase(gateway).status == 204
    assert get(gateway).status == 410
    [left] = stored("KEYRING_NAME")["KEYRING_NAME"]
    assert left["customer_id"] == {"S": BOB}
    assert acts(gateway) == ["store done", "erase done"]
