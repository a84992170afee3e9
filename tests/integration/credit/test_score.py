"""GET /v1/credit/{customer_id}/score."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from functions.credit.reference.purposes import CreditPurpose
from functions.credit.times import Period
from functions.shared.aws.errors import CallRefused, CallUnanswered
from tests.support.gateway import Answer, Gateway

Record = Callable[..., Answer]
Read = Callable[..., Answer]
Hook = Callable[[str, Callable[..., Any]], None]
Items = Callable[[str], list[dict[str, Any]]]

ADA = "cus_01JADA00000000000000000000"
BOB = "cus_01JB0B00000000000000000000"


def refusal(code: str) -> CallRefused:
    return CallRefused(code, 400)


def test_the_current_score_is_the_report_with_its_age_and_inquiry(record: Record, read: Read, items: Items) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    report = record(scored_at=yesterday.strftime("%Y-%m-%dT%H:%M:%SZ")).json
    answer = read()
    assert answer.status == 200
    reasons = [
        {"code": "14", "text": "Accounts have not been established for long"},
        {"code": "10", "text": "Balances on bank revolving or other revolving accounts are too high for their limits"},
    ]
    assert answer.json == {**report, "reasons": reasons, "age_days": 1, "inquiry_id": items("INQUIRY")[0]["id"]}


def test_nobody_may_keep_a_score(record: Record, read: Read) -> None:
    record()
    headers = read(headers={"If-None-Match": "*"}).headers
    assert headers["cache-control"] == "no-store"
    assert "etag" not in headers


def test_an_unscorable_result_is_a_current_score(record: Record, read: Read) -> None:
    record()
    record(score=..., reason_codes=..., unscorable="deceased", scored_at="2026-02-01T00:00:00Z")
    score = read().json
    assert (score["score"], score["unscorable"], score["band"], score["reason_codes"]) == (None, "deceased", None, [])


@pytest.mark.parametrize("days", [*permutations(["28", "29", "30"])])
def test_the_latest_is_current_in_whatever_order_reports_arrive(
    record: Record, read: Read, items: Items, days: tuple[str, ...]
) -> None:
    for day in days:
        record(scored_at=f"2026-01-{day}T09:30:00Z", score=int(day) * 10 + 300)
    assert read().json["score"] == 600
    assert read(bureau="experian", model="fico").json["score"] == 600
    assert len(items("REPORT")) == 3


def test_a_late_report_of_a_new_series_is_current_there_alone(record: Record, read: Read) -> None:
    record()
    record(bureau="equifax", model="vantagescore", model_version="4.0", score=650, scored_at="2026-01-01T00:00:00Z")
    assert read().json["score"] == 712
    assert read(bureau="equifax", model="vantagescore").json["score"] == 650


def test_times_of_different_precision_are_compared_as_times(record: Record, read: Read) -> None:
    record(scored_at="2026-01-31T09:30:00.5Z", score=705)
    record(scored_at="2026-01-31T09:30:00Z", score=700)
    record(scored_at="2026-01-31T09:30:00.49Z", score=704)
    assert read().json["score"] == 705


def test_versions_of_a_model_are_one_series(record: Record, read: Read) -> None:
    record(model_version="8", score=700)
    record(model_version="9", score=720, scored_at="2026-02-01T00:00:00Z")
    assert read(bureau="experian", model="fico").json["model_version"] == "9"


def test_another_series_or_customer_has_no_score(record: Record, read: Read, items: Items) -> None:
    record()
    answers = [
        read(bureau="equifax", model="fico"),
        read(bureau="experian", model="fico_auto"),
        read(customer_id=BOB),
    ]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "no_score_recorded")] * 3
    assert items("INQUIRY") == []


def test_an_inquiry_keeps_who_asked_for_whom_when_and_why_and_what_was_answered(
    record: Record, read: Read, items: Items
) -> None:
    record()
    answer = read(purpose="account_review", headers={"Dossier-Actor": "agent 7"}).json
    (inquiry,) = items("INQUIRY")
    inquired_at = datetime.fromisoformat(inquiry.pop("inquired_at"))
    assert timedelta() <= datetime.now(UTC) - inquired_at < timedelta(minutes=1)
    added = {"age_days", "inquiry_id", "unscorable", "reasons"}
    report = {name: value for name, value in answer.items() if name not in added}
    assert inquiry.pop("expires_at") == Period(months=25, days=120).end(inquired_at).timestamp()
    assert inquiry.pop("write_token")
    assert inquiry == {
        "pk": f"FILE#{ADA}",
        "sk": f"INQUIRY#{answer['inquiry_id']}",
        "id": answer["inquiry_id"],
        "customer_id": ADA,
        "kind": "soft",
        "purpose": "account_review",
        "caller": {"client_id": "client-under-test", "actor": "agent 7"},
        "report_ids": [report["id"]],
        "report": report,
    }


def test_an_inquiry_without_an_actor_names_the_client_alone(record: Record, read: Read, items: Items) -> None:
    record()
    read()
    assert items("INQUIRY")[0]["caller"] == {"client_id": "client-under-test"}


def test_an_inquiry_keeps_the_report_it_disclosed_when_a_newer_one_comes(
    record: Record, read: Read, items: Items
) -> None:
    record(score=700)
    read()
    record(score=720, scored_at="2026-02-01T00:00:00Z")
    read()
    assert [inquiry["report"]["score"] for inquiry in items("INQUIRY")] == [700, 720]


@pytest.mark.parametrize("purpose", CreditPurpose)
def test_every_permissible_purpose_is_answered_and_recorded(
    record: Record, read: Read, items: Items, purpose: str
) -> None:
    record()
    assert read(purpose=purpose).status == 200
    assert [inquiry["purpose"] for inquiry in items("INQUIRY")] == [purpose]


@pytest.mark.parametrize("purpose", ["", "curiosity", "CREDIT_EXTENSION", "credit extension", "marketing"])
def test_no_other_purpose_is_answered(record: Record, read: Read, calls: list[str], purpose: str) -> None:
    record()
    calls.clear()
    answer = read(purpose=purpose)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/purpose")
    assert calls == []


def test_a_purpose_is_required(gateway: Gateway, record: Record, calls: list[str]) -> None:
    record()
    calls.clear()
    answer = gateway.call("GET /v1/credit/{customer_id}/score", path={"customer_id": ADA})
    assert answer.status == 422
    assert answer.json["errors"] == [{"pointer": "/purpose", "message": "Required"}]
    assert calls == []


def test_the_inquiry_is_written_after_one_read_and_nothing_else_is_asked(
    record: Record, read: Read, calls: list[str]
) -> None:
    for day in range(10, 30):
        record(scored_at=f"2026-01-{day}T00:00:00Z")
    calls.clear()
    assert read().status == 200
    assert calls == ["Query", "TransactWriteItems"]


def test_the_current_score_is_read_consistently(hook: Hook, record: Record, read: Read) -> None:
    queries: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        queries.append(params)

    hook("provide-client-params.dynamodb.Query", note)
    record()
    read()
    assert [params["ConsistentRead"] for params in queries] == [True]


@pytest.mark.parametrize(
    "fault",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("AccessDeniedException"),
        refusal("InternalServerError"),
        CallUnanswered("ConnectionRefusedError", maybe_received=False),
        CallUnanswered("TimeoutError", maybe_received=True),
    ],
    ids=["throttled", "denied", "broken", "unreachable", "slow"],
)
def test_the_score_is_withheld_when_the_inquiry_cannot_be_written(
    hook: Hook, record: Record, read: Read, items: Items, fault: Exception
) -> None:
    recorded = False

    def fail(**_: Any) -> None:
        if recorded:
            raise fault

    hook("before-call.dynamodb.TransactWriteItems", fail)
    record()
    recorded = True
    answer = read()
    assert (answer.status, answer.json["code"]) == (503, "inquiry_not_recorded")
    assert answer.headers["retry-after"] == "1"
    assert "712" not in answer.text
    assert "secret" not in answer.text
    assert items("INQUIRY") == []


def test_reading_needs_the_scope_to_read(gateway: Gateway, record: Record, read: Read, items: Items) -> None:
    record()
    gateway.scope = "credit/write credit/inquire credit/freeze"
    answer = read()
    assert (answer.status, answer.json["code"]) == (403, "insufficient_scope")
    gateway.scope = None
    assert read().status == 401
    assert items("INQUIRY") == []


@pytest.mark.parametrize(("half", "missing"), [({"bureau": "equifax"}, "model"), ({"model": "fico"}, "bureau")])
def test_half_a_series_is_refused_with_the_other_half(read: Read, half: dict[str, str], missing: str) -> None:
    assert read(**half).json["errors"] == [
        {"pointer": f"/{missing}", "message": "Send bureau and model together, or neither for the newest of all"}
    ]
