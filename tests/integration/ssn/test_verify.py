"""POST /v1/ssn/{customer_id}/verify: yes or no, with a consent that is used by asking."""

from datetime import timedelta
from typing import Any

import pytest

from functions.shared.plain.clock import now, rfc3339
from functions.ssn.consents import SsnConsentMethod, SsnConsentPurpose
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    acts,
    audit,
    consent,
    erase,
    get,
    put,
    remove,
    stored,
    verify,
    write,
)
from tests.support.gateway import Gateway


def test_the_customers_number_matches_and_no_other_does(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    asked = ("512-73-8047", "512738046", "602-73-8046")
    answers = [verify(gateway, ssn, consent(f"c{at}")) for at, ssn in enumerate(asked)]
    assert [(answer.status, answer.json) for answer in answers] == [
        (200, {"match": False}),
        (200, {"match": True}),
        (200, {"match": False}),
    ]
    assert acts(gateway) == ["store done", "verify no_match", "verify match", "verify no_match"]


def test_a_match_makes_the_number_a_verified_one_until_it_is_replaced(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    verify(gateway, "601-20-7735", consent("c1"))
    assert (get(gateway).json["verified"], get(gateway).json["verified_at"]) == (False, None)
    verify(gateway, "512-73-8046", consent("c2"))
    verified = get(gateway)
    assert (verified.json["verified"], verified.json["version"], verified.headers["etag"]) == (True, 2, '"2"')
    assert verified.json["verified_at"] > verified.json["created_at"]
    verify(gateway, "512-73-8046", consent("c3"))
    assert get(gateway).json == verified.json
    replaced = put(gateway, "601-20-7735", if_match='"2"').json
    assert (replaced["verified"], replaced["verified_at"]) == (False, None)


def test_nothing_is_decrypted(gateway: Gateway, sent: Sent) -> None:
    put(gateway, "512-73-8046")
    sent.clear()
    verify(gateway, "512-73-8046", consent("c1"))
    assert [operation for operation, _ in sent] == [
        "UpdateItem",
        "TransactGetItems",
        "UpdateItem",
        "GenerateMac",
        "TransactWriteItems",
    ]


@pytest.mark.parametrize("ssn", ["512-73-8046", "601-20-7735"])
def test_a_consent_is_good_for_one_question_whatever_the_answer(gateway: Gateway, ssn: str) -> None:
    put(gateway, "512-73-8046")
    put(gateway, "733-41-9052", BOB)
    assert verify(gateway, ssn, consent("c1")).status == 200
    for customer_id in (ADA, BOB):
        again = verify(gateway, "512-73-8046", consent("c1"), customer_id)
        assert (again.status, again.json["code"]) == (409, "consent_used")
    assert acts(gateway)[2:] == []
    gateway.client_id = "another-client"
    assert verify(gateway, ssn, consent("c1")).status == 200


@pytest.mark.parametrize(
    ("given_at", "status"),
    [
        (timedelta(seconds=90), 422),
        (timedelta(seconds=30), 200),
        (timedelta(), 200),
        (timedelta(days=-89, hours=-23), 200),
        (timedelta(days=-90, seconds=-1), 422),
        (timedelta(days=-400), 422),
    ],
)
def test_a_consent_is_good_for_90_days_from_when_it_is_given(
    gateway: Gateway, given_at: timedelta, status: int
) -> None:
    put(gateway, "512-73-8046")
    said = consent("c1", given_at=rfc3339(now() + given_at))
    answer = verify(gateway, "512-73-8046", said)
    assert answer.status == status
    if status == 422:
        future = given_at > timedelta()
        assert answer.json["code"] == ("invalid_request" if future else "consent_not_valid")
        assert verify(gateway, "512-73-8046", consent("c1")).status == 200


BAD_CONSENTS: list[dict[str, Any]] = [
    {},
    consent("c1", purpose="curiosity"),
    consent("c1", purpose="tax_reporting"),
    consent("c1", method="oral"),
    consent("c1", given_at="2026-11-20T09:30:00"),
    consent("c1", given_at="yesterday"),
    consent(""),
    consent("x" * 129),
    consent("Ada's consent"),
    consent("512-73-8046"),
    consent("ssn:512738046"),
    consent("SSN512738046"),
    consent("512--73--8046"),
    consent("5-1-2-7-3-8-0-4-6"),
    consent("512-738046"),
    consent("c1", given_at="1795639631"),
    consent("c1", given_at="2026-11-20 09:30:00Z"),
    consent("c1", note="x"),
    {name: value for name, value in consent("c1").items() if name != "method"},
]


def test_a_consent_that_says_too_little_or_something_else_is_refused(gateway: Gateway, sent: Sent) -> None:
    answers = [verify(gateway, "512-73-8046", bad) for bad in BAD_CONSENTS]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(422, "invalid_request")] * len(answers)
    assert sent == []


def test_every_purpose_and_method_of_consent_is_audited_as_it_was_said(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    said = [
        consent(f"{purpose}-{method}", purpose=purpose, method=method)
        for purpose in SsnConsentPurpose
        for method in SsnConsentMethod
    ]
    for each in said:
        assert verify(gateway, "601-20-7735", each).status == 200
    entries = audit(gateway, limit=100).json["items"][:-1]
    assert [entry["consent"] for entry in reversed(entries)] == said
    assert [entry["purpose"] for entry in reversed(entries)] == [each["purpose"] for each in said]


def test_a_customer_without_a_number_has_none_to_compare_with_and_the_consent_stays(gateway: Gateway) -> None:
    for customer_id in (ADA, "cus_1", "512-73-8046"):
        answer = verify(gateway, "512-73-8046", consent("c1"), customer_id)
        assert (answer.status, answer.json["code"]) == (404, "ssn_not_found")
    put(gateway, "512-73-8046")
    assert verify(gateway, "512-73-8046", consent("c1")).status == 200
    erase(gateway)
    gone = verify(gateway, "512-73-8046", consent("c2"))
    assert (gone.status, gone.json["code"]) == (410, "ssn_erased")


@pytest.mark.parametrize("lost", ["KEYS", "index_1"])
def test_without_its_mark_a_number_is_not_compared_and_the_consent_stays(gateway: Gateway, lost: str) -> None:
    put(gateway, "512-73-8046")
    (keys,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"] == {"S": "KEYS"}]
    remove("KEYRING_NAME", keys)
    if lost == "index_1":
        write("KEYRING_NAME", [{name: value for name, value in keys.items() if name != "index_1"}])
    answer = verify(gateway, "512-73-8046", consent("c1"))
    assert (answer.status, answer.json["code"]) == (500, "ssn_unreadable")
    write("KEYRING_NAME", [keys])
    assert acts(gateway) == ["store done"]
    assert verify(gateway, "512-73-8046", consent("c1")).json == {"match": True}


@pytest.mark.parametrize(
    "opaque",
    ["con_01JD8Z4Q7X9V5T3R1N0M2K4H6G", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "2026-11-25/7", "consent-2026-000117"],
)
def test_an_id_whose_digits_are_no_number_is_taken(gateway: Gateway, opaque: str) -> None:
    put(gateway, "512-73-8046")
    assert verify(gateway, "512-73-8046", consent(opaque)).status == 200


def test_a_consent_of_the_future_is_refused_with_its_place(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    answer = verify(gateway, "512-73-8046", consent("c1", given_at=rfc3339(now() + timedelta(seconds=90))))
    assert answer.json["errors"] == [
        {"pointer": "/consent/given_at", "message": "This time is in the future. Send a time that has passed"}
    ]


def test_a_consent_slightly_ahead_is_audited_with_a_time_that_has_passed(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    assert verify(gateway, "512-73-8046", consent("c1", given_at=rfc3339(now() + timedelta(seconds=30)))).status == 200
    newest = audit(gateway).json["items"][0]
    assert newest["consent"]["given_at"] <= newest["at"]
