"""POST /v1/ssn/{customer_id}/reveal: the number in full, after its audit entry."""

import os
from typing import Any

import pytest

from functions.ssn.models import SsnPurpose
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import ADA, BOB, ONE, WHY, acts, audit, erase, put, remove, reveal, stored, write
from tests.support.gateway import Gateway


@pytest.mark.parametrize("purpose", list(SsnPurpose))
def test_a_number_is_told_for_each_purpose_and_audited_with_it(gateway: Gateway, purpose: str) -> None:
    put(gateway, "512738046")
    told = reveal(gateway, purpose=purpose)
    assert (told.status, told.json) == (200, {"ssn": "512-73-8046", "kind": "ssn"})
    assert told.headers["cache-control"] == "no-store"
    newest = audit(gateway).json["items"][0]
    said = {name: newest[name] for name in ("action", "outcome", "purpose", "justification", "client_id", "actor")}
    assert said == {
        "action": "reveal",
        "outcome": "done",
        "purpose": purpose,
        "justification": WHY["justification"],
        "client_id": "client-under-test",
        "actor": "usr_0001",
    }
    assert newest["request_id"] == told.headers["dossier-request-id"]


def test_one_data_key_is_opened_after_the_entry_is_written(gateway: Gateway, sent: Sent) -> None:
    put(gateway, "512-73-8046")
    sent.clear()
    reveal(gateway)
    assert [operation for operation, _ in sent] == [
        "UpdateItem",
        "TransactGetItems",
        "TransactWriteItems",
        "Decrypt",
    ]
    assert sent[-1][1]["KeyId"] == os.environ["NUMBER_KEY_ID"]


BAD_REASONS: list[dict[str, Any]] = [
    {},
    {"purpose": "tax_reporting"},
    {"justification": "Form 1099-INT"},
    {**WHY, "purpose": "curiosity"},
    {**WHY, "purpose": "credit_transaction"},
    {**WHY, "justification": "  because  "},
    {**WHY, "justification": " " * 20},
    {**WHY, "justification": "x" * 501},
    {**WHY, "justification": "For the number 512-73-8046 of Ada"},
    {**WHY, "justification": "For the number 512738046 of Ada"},
    {**WHY, "justification": "For the number 5127380461 of Ada"},
    {**WHY, "justification": "For the number 512 73 8046 of Ada"},
    {**WHY, "justification": "For the number 5 1 2 7 3 8 0 4 6"},
    {**WHY, "justification": "For the number 512 - 73 - 8046"},
    {**WHY, "justification": "For the number ٥١٢٧٣٨٠٤٦ of Ada"},
    *(
        {**WHY, "justification": f"For {number} of Ada"}
        for number in (
            "512_73_8046",
            "512-738-046",
            "51 27 38 046",
            "5127-38046",
            "512  -  73 - 8046",
            "①②③④⑤⑥⑦⑧⑨",
            "512\u00a073\u00a08046",
        )
    ),
    {**WHY, "justification": "For the form\nof the tax year"},
    {**WHY, "justification": "For the form\x00 of the tax year"},
    {**WHY, "justification": "For the form\u202e of the tax year"},
    {**WHY, "ssn": "512-73-8046"},
]


def test_without_a_purpose_and_a_justification_nothing_is_asked_of_aws(gateway: Gateway, sent: Sent) -> None:
    answers = [gateway.call(f"POST {ONE}/reveal", path={"customer_id": ADA}, body=bad) for bad in BAD_REASONS]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(422, "invalid_request")] * len(answers)
    assert sent == []


@pytest.mark.parametrize(
    ("actor", "code"),
    [(None, "actor_required"), ("512-73-8046", "malformed_header"), ("id:512738046", "malformed_header")],
)
def test_a_person_who_is_no_number_must_be_named(gateway: Gateway, sent: Sent, actor: str | None, code: str) -> None:
    gateway.headers = {} if actor is None else {"Dossier-Actor": actor}
    answer = reveal(gateway)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert sent == []


def test_where_there_is_nothing_nothing_is_told_or_audited(gateway: Gateway) -> None:
    for customer_id in (ADA, "cus_1"):
        answer = reveal(gateway, customer_id)
        assert (answer.status, answer.json["code"]) == (404, "ssn_not_found")
    put(gateway, "512-73-8046")
    erase(gateway)
    gone = reveal(gateway)
    assert (gone.status, gone.json["code"]) == (410, "ssn_erased")
    assert acts(gateway) == ["store done", "erase done"]


def test_the_blob_or_the_key_of_another_customer_is_not_told(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    put(gateway, "601-20-7735", BOB)
    for table, sk, members in (
        ("TABLE_NAME", "SSN", ("ssn", "ssn_commitment")),
        ("KEYRING_NAME", "KEYS", ("ssn",)),
    ):
        own, foreign = (
            next(item for item in stored(table)[table] if item["pk"]["S"] == f"CUS#{whose}" and item["sk"]["S"] == sk)
            for whose in (ADA, BOB)
        )
        write(table, [{**own, **{member: foreign[member] for member in members}}])
        answer = reveal(gateway)
        assert (answer.status, answer.json["code"]) == (500, "ssn_unreadable")
        write(table, [own])
    assert reveal(gateway).json["ssn"] == "512-73-8046"


def test_a_number_whose_keys_are_gone_is_not_told(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    (keys,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"] == {"S": "KEYS"}]
    remove("KEYRING_NAME", keys)
    assert reveal(gateway).status == 500


def test_a_justification_with_a_hidden_character_is_refused_with_its_place(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    answer = reveal(gateway, justification="For the\u200b form of the tax year")
    assert answer.status == 422
    assert answer.json["errors"] == [
        {
            "pointer": "/justification",
            "message": "Remove character 8, U+200B ZERO WIDTH SPACE: it hides or reorders text",
        }
    ]


def test_a_short_justification_is_refused_with_the_least_length(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    answer = reveal(gateway, justification=" because ")
    assert answer.json["errors"] == [{"pointer": "/justification", "message": "At least 10 characters"}]
