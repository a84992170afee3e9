"""POST /v1/credit/{customer_id}/scores."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.shared.aws.client import dynamodb
from tests.support.credit import ADA, BOB
from tests.support.gateway import Answer, Gateway
from tests.support.problems import code

Record = Callable[..., Answer]
Read = Callable[..., Answer]
Items = Callable[[str], list[dict[str, Any]]]


def test_a_recorded_report_is_answered_with_its_id_range_band_and_time(record: Record) -> None:
    answer = record()
    assert answer.status == 201
    report = answer.json
    assert (report.pop("id")[:4], len(answer.json["id"])) == ("rep_", 30)
    recorded_at = datetime.fromisoformat(report.pop("recorded_at"))
    assert timedelta() <= datetime.now(recorded_at.tzinfo) - recorded_at < timedelta(minutes=1)
    assert report == {
        "customer_id": ADA,
        "bureau": "experian",
        "model": "fico",
        "model_version": "8",
        "score": 712,
        "unscorable": None,
        "reason_codes": ["14", "10"],
        "scored_at": "2026-01-31T09:30:00.000Z",
        "range": {"minimum": 300, "maximum": 850},
        "band": "good",
    }


def test_nobody_may_keep_an_answer(record: Record) -> None:
    headers = record().headers
    assert headers["cache-control"] == "no-store"
    assert "etag" not in headers


def test_a_report_is_kept_once_and_stands_as_the_newest_of_its_series(record: Record, items: Items) -> None:
    report_id = record().json["id"]
    facts, *others = items("")
    assert (facts["sk"].startswith("FACTS#"), facts["report_id"]) == (True, report_id)
    assert [item["sk"] for item in others] == [
        "HEAD#experian#fico",
        f"REPORT#experian#fico#2026-01-31T09:30:00.000Z#{report_id}",
    ]
    assert {item["pk"] for item in items("")} == {f"FILE#{ADA}"}


def test_who_recorded_a_report_is_kept_with_it(record: Record, items: Items) -> None:
    record(headers={"Dossier-Actor": "agent-7"})
    assert items("REPORT")[0]["recorded_by"] == {"client_id": "client-under-test", "actor": "agent-7"}


def test_an_unscorable_result_is_recorded_with_its_cause(record: Record) -> None:
    answer = record(score=..., reason_codes=..., unscorable="too_thin")
    assert answer.status == 201
    assert (answer.json["score"], answer.json["unscorable"], answer.json["band"]) == (None, "too_thin", None)


def test_a_score_outside_its_models_range_is_refused_with_the_rule(record: Record, items: Items) -> None:
    answer = record(model="fico_auto", score=901)
    assert answer.status == 422
    assert answer.json["errors"] == [
        {"pointer": "/score", "message": "For fico_auto 8, send a score between 250 and 900"},
    ]
    assert items("") == []


def test_recording_takes_one_call(record: Record, calls: list[str]) -> None:
    record()
    assert calls == ["TransactWriteItems"]


def test_a_late_report_takes_one_call_more(record: Record, calls: list[str]) -> None:
    record()
    calls.clear()
    record(scored_at="2026-01-30T09:30:00Z")
    assert calls == ["TransactWriteItems", "TransactWriteItems"]


def test_recording_needs_the_scope_to_write(gateway: Gateway, items: Items) -> None:
    gateway.scope = "credit/read credit/inquire credit/freeze"
    answer = gateway.call("POST /v1/credit/{customer_id}/scores", path={"customer_id": ADA}, body={})
    assert (answer.status, answer.json["code"]) == (403, "insufficient_scope")
    assert items("") == []


def test_a_score_without_a_fraction_is_an_integer_however_it_is_written(record: Record) -> None:
    answer = record(score=712.0)
    assert (answer.status, answer.json["score"]) == (201, 712)


@pytest.mark.parametrize("score", [712.5, True, "712"])
def test_another_score_is_no_integer(record: Record, score: Any) -> None:
    answer = record(score=score)
    assert (answer.status, answer.json["errors"]) == (422, [{"pointer": "/score", "message": "Send a whole number"}])


@pytest.mark.parametrize(
    ("changes", "pointer", "message"),
    [
        ({"unscorable": "no_file"}, "/unscorable", "Send either score, or unscorable with the cause of its absence"),
        ({"score": None}, "/score", "Send either score, or unscorable with the cause of its absence"),
        ({"bureau": "innovis"}, "/bureau", "Send 'equifax', 'experian' or 'transunion'"),
        ({"reason_codes": ["a"]}, "/reason_codes/0", "Send one to five digits and capital letters, such as 14"),
        ({"reason_codes": ["1", "2", "3", "4", "5", "8"]}, "/reason_codes", "At most 5 items"),
        (
            {"scored_at": "2999-01-31T09:30:00Z"},
            "/scored_at",
            "This time is in the future. Send a time that has passed",
        ),
        (
            {"scored_at": "2001-01-31T09:30:00Z"},
            "/scored_at",
            "Send a time within the last seven years (15 USC 1681c(a))",
        ),
    ],
)
def test_a_refusal_points_to_the_member_in_plain_words(
    record: Record, changes: dict[str, Any], pointer: str, message: str
) -> None:
    answer = record(**changes)
    assert (answer.status, answer.json["errors"]) == (422, [{"pointer": pointer, "message": message}])


def test_an_identical_report_is_refused_with_the_id_of_the_stored_one(record: Record, items: Items) -> None:
    stored = record()
    record(score=600, scored_at="2026-02-01T00:00:00Z")  # The identical one is no longer current.
    before = items("")
    again = record(scored_at="2026-01-31T10:30:00+01:00", headers={"Dossier-Actor": "another"})
    assert code(again) == (409, "report_exists")
    assert again.json["detail"] == f"Do not send the report again. It is stored as {stored.json['id']}."
    assert items("") == before


@pytest.mark.parametrize(
    "changed",
    [
        {"bureau": "equifax"},
        {"model_version": "9"},
        {"score": 713},
        {"score": ..., "unscorable": "too_thin", "reason_codes": ...},
        {"reason_codes": ["10", "14"]},
        {"scored_at": "2026-01-31T09:30:00.001Z"},
        {"customer_id": BOB},
    ],
)
def test_a_report_that_differs_in_one_member_is_stored(record: Record, changed: dict[str, Any]) -> None:
    assert record().status == 201
    assert record(**changed).status == 201


def test_a_report_sent_again_with_its_idempotency_key_gets_its_first_response(record: Record) -> None:
    key = {"Idempotency-Key": "k"}
    first = record(headers=key)
    assert (record(headers=key).status, record(headers=key).json) == (201, first.json)
    assert code(record(headers={"Idempotency-Key": "another"})) == (409, "report_exists")


def test_a_report_that_was_stored_before_facts_were_is_disclosed_and_stays(
    record: Record, read: Read, items: Items, table: str
) -> None:
    record()
    [facts] = items("FACTS")
    dynamodb().delete_item(TableName=table, Key={name: {"S": facts[name]} for name in ("pk", "sk")})
    assert read().json["score"] == 712
    assert record().status == 201  # It is not recognised as identical.
    assert len(items("REPORT")) == 2
