"""POST /v1/credit/{customer_id}/adverse-action."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from functions.credit.reference.score_models import Bureau
from functions.credit.times import months_later
from tests.support.credit import BOB, Credit
from tests.support.problems import code

Items = Callable[[str], list[dict[str, Any]]]


def test_a_notice_has_everything_that_the_law_wants_told(credit: Credit) -> None:
    credit.record(reason_codes=["14", "10", "5", "1", "8"])
    inquiry = credit.inquire().json["inquiry"]
    answer = credit.notice(inquiry["id"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    notice = answer.json
    assert notice["score"] == {
        "score": 712,
        "range": {"minimum": 300, "maximum": 850},
        "key_factors": [
            {"code": "14", "text": "Accounts have not been established for long"},
            {
                "code": "10",
                "text": "Balances on bank revolving or other revolving accounts are too high for their limits",
            },
            {"code": "5", "text": "Too many accounts carry a balance"},
            {"code": "1", "text": "Too much is owed on accounts"},
            {"code": "8", "text": "Too many inquiries were made in the last 12 months"},
        ],
        "scored_at": "2026-01-31T09:30:00.000Z",
        "bureau": "experian",
        "model": "fico",
        "model_version": "8",
    }
    assert notice["agency"] == {
        "name": "Experian",
        "address": "P.O. Box 2002, Allen, TX 75013",
        "telephone": "+18883973742",
    }
    assert {name: statement["source"] for name, statement in notice["statements"].items()} == {
        "decision": "15 USC 1681m(a)(3)(B)",
        "free_report": "15 USC 1681m(a)(4)(A) and 1681j(b)",
        "dispute": "15 USC 1681m(a)(4)(B) and 1681i",
    }
    texts = {name: statement["text"] for name, statement in notice["statements"].items()}
    assert "did not take" in texts["decision"]
    assert "60 days" in texts["free_report"]
    assert "dispute" in texts["dispute"]
    assert all("Experian" in text for text in texts.values())
    members = ("inquiry_id", "customer_id", "purpose", "inquired_at", "unscorable")
    assert [notice[name] for name in members] == [
        inquiry["id"],
        credit.customer_id,
        "credit_extension",
        inquiry["inquired_at"],
        None,
    ]


@pytest.mark.parametrize("bureau", Bureau)
def test_every_agency_has_name_address_and_a_toll_free_number(credit: Credit, bureau: str) -> None:
    credit.record(bureau=bureau)
    agency = credit.notice(credit.inquire(bureau=bureau).json["inquiry"]["id"]).json["agency"]
    assert bureau in agency["name"].lower()
    assert agency["address"].startswith("P.O. Box ")
    assert agency["telephone"].startswith(("+1800", "+1888"))


def test_a_notice_tells_the_score_that_was_used_and_not_a_newer_one(credit: Credit) -> None:
    credit.record()
    used = credit.score().json["inquiry_id"]
    credit.record(score=800, scored_at="2026-02-01T00:00:00Z")
    assert credit.notice(used).json["score"]["score"] == 712


def test_a_notice_is_stored_with_its_client_for_25_months_without_an_inquiry(credit: Credit, items: Items) -> None:
    credit.record()
    used = credit.score().json["inquiry_id"]
    before = items("INQUIRY")
    notice = credit.call(
        "POST", "adverse-action", body={"inquiry_id": used}, headers={"Dossier-Actor": "officer-7"}
    ).json
    [stored] = items("NOTICE")
    assert stored["sk"] == f"NOTICE#{notice['id']}"
    assert stored["drawn_up_by"] == {"client_id": "client-under-test", "actor": "officer-7"}
    assert stored["score"]["key_factors"] == notice["score"]["key_factors"]
    drawn_up = datetime.fromisoformat(notice["drawn_up_at"]).date()
    expires = datetime.combine(months_later(drawn_up, 25) + timedelta(days=1), time(), UTC)
    assert stored["expires_at"] == int(expires.timestamp())
    assert items("INQUIRY") == before


def test_a_freeze_does_not_stop_a_notice(credit: Credit) -> None:
    credit.record()
    used = credit.score().json["inquiry_id"]
    credit.freeze()
    assert credit.notice(used).status == 200


def test_a_notice_sent_again_with_its_key_is_stored_once(credit: Credit, items: Items) -> None:
    credit.record()
    body = {"inquiry_id": credit.score().json["inquiry_id"]}
    first, again = (
        credit.call("POST", "adverse-action", body=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (again.status, again.json) == (200, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(items("NOTICE")) == 1


def test_a_notice_reads_once_and_writes_once(credit: Credit, calls: list[str]) -> None:
    credit.record()
    used = credit.score().json["inquiry_id"]
    calls.clear()
    credit.notice(used)
    assert calls == ["TransactGetItems", "TransactWriteItems"]


def test_without_a_score_the_notice_says_why_and_tells_none(credit: Credit) -> None:
    credit.record(score=..., reason_codes=..., unscorable="too_thin")
    notice = credit.notice(credit.score().json["inquiry_id"]).json
    assert (notice["score"], notice["unscorable"]) == (None, "too_thin")


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        (
            {"reason_codes": []},
            "Record a report with reason codes, and make a new inquiry.",
        ),
        (
            {"reason_codes": ["1", "A2", "97"]},
            "No text is available for A2, 97 of fico 8 of experian. Use the bureau's list.",
        ),
    ],
)
def test_a_notice_that_would_lack_a_factor_is_not_drawn_up(credit: Credit, facts: dict[str, Any], detail: str) -> None:
    credit.record(**facts)
    answer = credit.notice(credit.score().json["inquiry_id"])
    assert code(answer) == (409, "notice_incomplete")
    assert answer.json["detail"] == detail


def test_another_clients_inquiry_is_not_found(credit: Credit) -> None:
    credit.record()
    used = credit.score().json["inquiry_id"]
    other = Credit(replace(credit.gateway, client_id="somebody-else"))
    assert code(other.notice(used)) == (404, "inquiry_not_found")


def test_an_inquiry_that_is_none_or_another_customers_or_of_a_history_is_not_found(credit: Credit) -> None:
    credit.record()
    used = credit.score().json["inquiry_id"]
    answers = [
        credit.notice("inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV"),
        Credit(credit.gateway, BOB).notice(used),
        credit.notice(credit.history().json["inquiry_id"]),
    ]
    assert [code(answer) for answer in answers] == [(404, "inquiry_not_found")] * 3


@pytest.mark.parametrize(
    "inquiry_id", ["", "x", "rep_01KGC3EG00TQ6Y1K3BG1Z6B4XV", "inq_", "inq_81KGC3EG00TQ6Y1K3BG1Z6B4XV"]
)
def test_what_cannot_be_an_inquiry_is_refused(credit: Credit, calls: list[str], inquiry_id: str) -> None:
    assert code(credit.notice(inquiry_id)) == (422, "invalid_request")
    assert calls == []
