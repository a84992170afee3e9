"""Summary of the last year."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.credit.history import SUMMARISED, ScoreSummary
from functions.credit.models import CreditReport, ScoreRange
from functions.credit.reference.score_models import Bureau, ScoreModelName

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def report(days: float, score: int | None, version: str = "8") -> CreditReport:
    at = NOW - timedelta(days=days)
    return CreditReport(
        id="rep_01JADA00000000000000000000",
        customer_id="cus_01JADA00000000000000000000",
        bureau=Bureau.EXPERIAN,
        model=ScoreModelName.FICO,
        model_version=version,
        score=score,
        scored_at=at,
        range=ScoreRange(minimum=300, maximum=850),
        recorded_at=at,
    )


def changes(*reports: CreditReport) -> tuple[int | None, int | None, int | None]:
    summary = ScoreSummary.of(reports, NOW)
    return summary.change_30_days, summary.change_90_days, summary.change_365_days


def test_a_change_is_against_the_score_that_was_current_then() -> None:
    assert changes(report(1, 700), report(29.9, 1), report(30, 690), report(91, 650), report(800, 600)) == (10, 50, 100)


def test_without_a_score_from_then_there_is_no_change() -> None:
    assert changes(report(1, 700), report(40, 680)) == (20, None, None)


@pytest.mark.parametrize("reports", [[report(1, None), report(40, 680)], [report(1, 680), report(40, None)]])
def test_an_unscorable_result_makes_no_change(reports: list[CreditReport]) -> None:
    summary = ScoreSummary.of(reports, NOW)
    assert summary.change_30_days is None
    assert (summary.minimum, summary.maximum, summary.scores) == (680, 680, 1)


def test_a_series_without_a_score_has_no_range() -> None:
    summary = ScoreSummary.of([report(1, None)], NOW)
    assert (summary.minimum, summary.maximum, summary.scores) == (None, None, 0)


def test_other_versions_of_the_model_are_left_out() -> None:
    summary = ScoreSummary.of([report(1, 700, "9"), report(2, 400), report(40, 690, "9")], NOW)
    assert (summary.model_version, summary.minimum, summary.change_30_days) == ("9", 690, 10)


def test_the_range_is_that_of_a_year() -> None:
    summary = ScoreSummary.of([report(1, 700), report(365, 650), report(365.1, 400)], NOW)
    assert (summary.minimum, summary.scores, summary.since) == (650, 2, NOW - timedelta(days=365))


def test_of_more_reports_than_are_read_it_says_where_it_begins() -> None:
    assert SUMMARISED == 400
    summary = ScoreSummary.of([report(number / 2, 700) for number in range(400)], NOW)
    assert (summary.scores, summary.since) == (400, NOW - timedelta(days=399 / 2))
