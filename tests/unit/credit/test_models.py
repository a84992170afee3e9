"""Rules of a new report, and the stored report."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from functions.credit.inquiries import DisclosedScore, InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, ScoreQuery
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.score_models import SCORE_MODELS
from functions.shared.plain.problems import invalid
from functions.shared.requests.caller import Caller

ADA = "cus_01JADA00000000000000000000"
GOOD = {
    "bureau": "experian",
    "model": "fico",
    "model_version": "8",
    "score": 712,
    "reason_codes": ["14", "10"],
    "scored_at": "2026-01-31T09:30:00Z",
}
MORNING = datetime(2026, 2, 1, 8, tzinfo=UTC)


def parsed(**changes: Any) -> NewCreditReport:
    members = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return NewCreditReport.model_validate_json(json.dumps(members), strict=True)


def refusals(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        parsed(**changes)
    return [(error["pointer"].removeprefix("/"), error["message"]) for error in invalid(refused.value, "").errors]


@pytest.mark.parametrize("edge", [*SCORE_MODELS])
def test_a_score_one_beyond_its_models_range_is_refused_with_the_range(edge: tuple[str, str]) -> None:
    model, version = edge
    scale, bureaus = SCORE_MODELS[edge]  # type: ignore[index]
    facts = {"bureau": min(bureaus), "model": model, "model_version": version}
    message = f"For {model} {version}, send a score between {scale.minimum} and {scale.maximum}"
    assert parsed(**facts, score=scale.minimum).score == scale.minimum
    assert parsed(**facts, score=scale.maximum).score == scale.maximum
    assert refusals(**facts, score=scale.minimum - 1) == [("score", message)]
    assert refusals(**facts, score=scale.maximum + 1) == [("score", message)]


def test_a_version_that_the_bureau_does_not_deliver_is_refused_with_those_it_does() -> None:
    assert refusals(bureau="equifax", model_version="2") == [
        ("model_version", "Send a version of fico that equifax delivers: 5, 8, 9, 10, 10T")
    ]


def test_a_version_is_not_judged_for_a_model_that_does_not_exist() -> None:
    assert [place for place, _ in refusals(model="beacon")] == ["model"]


def test_a_report_without_a_score_names_the_cause() -> None:
    report = CreditReport.record(ADA, parsed(score=..., unscorable="deceased", reason_codes=...), MORNING)
    assert (report.score, report.unscorable, report.band, report.reason_codes) == (None, "deceased", None, [])
    assert (report.range.minimum, report.range.maximum) == (300, 850)


@pytest.mark.parametrize(
    ("changes", "member"),
    [({"unscorable": "no_file"}, "unscorable"), ({"score": ...}, "score"), ({"score": None}, "score")],
)
def test_a_report_has_a_score_or_a_cause_and_never_both(changes: dict[str, Any], member: str) -> None:
    assert refusals(**changes) == [(member, "Send either score, or unscorable with the cause of its absence")]


def test_reason_codes_keep_their_order_and_leading_zeros() -> None:
    assert parsed(reason_codes=["038", "10", "9", "A2"]).reason_codes == ["038", "10", "9", "A2"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (["1", "2", "3", "4", "5"], "At most 4 reason codes, or 5 if one is about inquiries"),
        (["1", "2", "3", "4", "5", "8"], "At most 5 items"),
        (["14", "14"], "Send each reason code once"),
        (["8", "08"], "Send each reason code once"),
    ],
)
def test_too_many_or_repeated_reason_codes_are_refused(codes: list[str], message: str) -> None:
    assert refusals(reason_codes=codes) == [("reason_codes", message)]


@pytest.mark.parametrize("code", ["8", "08", "008"])
@pytest.mark.parametrize("place", range(5))
def test_a_fifth_reason_code_is_taken_where_one_tells_of_inquiries(code: str, place: int) -> None:
    codes = ["1", "2", "3", "4"]
    codes.insert(place, code)
    assert parsed(reason_codes=codes).reason_codes == codes


def test_transunions_22t_has_a_text_with_or_without_zeros() -> None:
    facts = parsed(bureau="transunion", reason_codes=["022T", "14"])
    explained = CreditReport.record(ADA, facts, MORNING).explained()
    assert [reason.text is None for reason in explained] == [False, False]


def test_a_code_that_tells_of_inquiries_does_so_at_its_bureau_alone() -> None:
    codes = ["1", "2", "3", "4", "19"]
    assert parsed(bureau="transunion", reason_codes=codes).reason_codes == codes
    assert [place for place, _ in refusals(bureau="equifax", reason_codes=codes)] == ["reason_codes"]


def test_a_reason_code_that_the_model_does_not_have_is_refused() -> None:
    vantagescore = {"bureau": "equifax", "model": "vantagescore", "model_version": "3.0"}
    assert refusals(**vantagescore, reason_codes=["4", "1", "099"]) == [
        ("reason_codes", "Send codes of vantagescore 3.0 at equifax. Unknown: number 2 and 3 of the list")
    ]
    assert parsed(**vantagescore, reason_codes=["4", "98"]).reason_codes == ["4", "98"]


def test_where_a_models_list_is_not_held_whole_any_code_is_taken_without_a_text() -> None:
    facts = parsed(model="vantagescore", model_version="4.0", reason_codes=["1", "A2"])
    explained = CreditReport.record(ADA, facts, MORNING).explained()
    assert [(reason.code, reason.text) for reason in explained] == [("1", None), ("A2", None)]


@pytest.mark.parametrize(("model", "version"), [("vantagescore", "4.0"), ("fico", "8")])
def test_a_filler_is_no_reason_code(model: str, version: str) -> None:
    refused = refusals(model=model, model_version=version, reason_codes=["14", "00"])
    assert refused == [("reason_codes", "Leave out fillers such as 00: number 2 of the list")]


def test_reason_codes_are_not_judged_for_a_model_that_does_not_exist() -> None:
    assert [place for place, _ in refusals(model_version="99", reason_codes=["A2"])] == ["model_version"]


def test_a_score_of_more_than_seven_years_ago_is_refused_with_the_law() -> None:
    assert refusals(scored_at="2001-01-31T09:30:00Z") == [
        ("scored_at", "Send a time within the last seven years (15 USC 1681c(a))")
    ]


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-31T09:30:00",
        "2026-01-31 09:30:00Z",
        "2026-01-31",
        "1769851800",
        "\u0662026-01-31T09:30:00Z",
        "",
    ],
)
def test_a_time_without_an_offset_is_refused(time: str) -> None:
    assert refusals(scored_at=time) == [
        (
            "scored_at",
            "Send an RFC 3339 time with its offset, such as 2026-01-31T09:30:00Z. In a query, encode + as %2B",
        )
    ]


@pytest.mark.parametrize("time", ["2026-02-30T09:30:00Z", "2026-01-31T24:30:00Z", "0000-01-31T09:30:00Z", 1769851800])
def test_a_time_that_no_calendar_has_is_refused(time: Any) -> None:
    assert [place for place, _ in refusals(scored_at=time)] == ["scored_at"]


def test_a_score_of_tomorrow_is_refused() -> None:
    assert refusals(scored_at="2999-12-31T00:00:00Z") == [
        ("scored_at", "This time is in the future. Send a time that has passed")
    ]


def test_times_are_kept_to_the_millisecond() -> None:
    time = parsed(scored_at="2026-01-31T09:30:00.123999999Z").scored_at
    assert time == datetime(2026, 1, 31, 9, 30, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [{"score": "712"}, {"score": 712.0}, {"score": True}, {"reason_codes": "14"}, {"reason_codes": [14]}, {"note": ""}],
)
def test_nothing_is_guessed_from_other_types_or_unknown_members(changes: dict[str, Any]) -> None:
    assert len(refusals(**changes)) == 1


def test_a_recorded_report_carries_the_range_and_band_of_its_model() -> None:
    report = CreditReport.record(ADA, parsed(model="vantagescore", model_version="4.0", score=601), MORNING)
    assert json.loads(report.model_dump_json(exclude={"id"})) == {
        "customer_id": ADA,
        "bureau": "experian",
        "model": "vantagescore",
        "model_version": "4.0",
        "score": 601,
        "unscorable": None,
        "reason_codes": ["14", "10"],
        "scored_at": "2026-01-31T09:30:00.000Z",
        "range": {"minimum": 300, "maximum": 850},
        "band": "near_prime",
        "recorded_at": "2026-02-01T08:00:00.000Z",
    }
    assert report.id[:14] == "rep_01KGC3EG00"


@pytest.mark.parametrize(
    ("inquired_at", "days"),
    [
        (datetime(2026, 1, 31, 9, 29, 59, tzinfo=UTC), 0),
        (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), 0),
        (datetime(2026, 2, 1, 9, 29, 59, 999000, tzinfo=UTC), 0),
        (datetime(2026, 2, 1, 9, 30, tzinfo=UTC), 1),
        (datetime(2027, 1, 31, 9, 30, tzinfo=UTC), 365),
    ],
)
def test_the_age_counts_whole_days_since_the_score_was_made(inquired_at: datetime, days: int) -> None:
    report = CreditReport.record(ADA, parsed(), MORNING)
    query = ScoreQuery(purpose=CreditPurpose.CREDIT_REVIEW)
    inquiry = ScoreInquiry.of(query, InquiryKind.SOFT, report, Caller(client_id="bank"), inquired_at)
    assert DisclosedScore.of(inquiry).age_days == days


@pytest.mark.parametrize("half", [{"bureau": "equifax"}, {"model": "fico"}])
def test_a_bureau_or_a_model_alone_names_no_series(half: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="Send bureau and model together"):
        ScoreQuery.model_validate({"purpose": "employment", **half})


@pytest.mark.parametrize("wrong", [{"bureau": "nobody"}, {"model": "none"}, {"bureau": "nobody", "model": "none"}])
def test_a_report_that_is_wrong_throughout_is_refused_like_any_other(wrong: dict[str, str]) -> None:
    body = {"bureau": "experian", "model": "fico_auto", "model_version": "no such", "score": -1, "reason_codes": ["1"]}
    with pytest.raises(ValidationError):
        NewCreditReport.model_validate_json(
            json.dumps({**body, "scored_at": "2026-11-20T09:30:00Z", **wrong}), strict=True
        )


@pytest.mark.parametrize("bureau", ["equifax", "experian", "transunion"])
def test_a_fifth_code_is_taken_where_a_code_that_is_not_held_may_tell_of_inquiries(bureau: str) -> None:
    four_point_oh = {"bureau": bureau, "model": "vantagescore", "model_version": "4.0"}
    assert len(parsed(**four_point_oh, reason_codes=["12", "32", "9", "7", "85"]).reason_codes) == 5
    partial = {"bureau": "experian", "model": "fico", "model_version": "8"}
    assert len(parsed(**partial, reason_codes=["1", "2", "5", "6", "999"]).reason_codes) == 5
    assert [place for place, _ in refusals(**partial, reason_codes=["1", "2", "5", "6", "7"])] == ["reason_codes"]
