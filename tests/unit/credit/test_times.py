"""Retention in calendar years, and the tolerance for other clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from functions.credit.times import Period, ReportableTime, anniversary, first_kept, months_later, report_expires
from functions.shared.plain import clock

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


class Reported(BaseModel):
    """Model with the time of a score."""

    at: ReportableTime


def reported(scored_at: str, now: str, monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(now))
    return Reported(at=scored_at).at  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scored_at", "last"),
    [
        ("2019-11-27T09:30:00Z", "2026-11-27T23:59:59Z"),
        ("2019-11-27T23:59:59Z", "2026-11-27T00:00:00Z"),
        ("2020-02-29T12:00:00Z", "2027-02-28T23:59:59Z"),
        ("2017-02-28T12:00:00Z", "2024-02-28T23:59:59Z"),
    ],
)
def test_a_report_is_accepted_on_its_seventh_anniversary_and_refused_after_it(
    scored_at: str, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reported(scored_at, last, monkeypatch) == datetime.fromisoformat(scored_at)
    after = (datetime.fromisoformat(last).replace(hour=0, minute=0, second=0) + timedelta(days=1)).isoformat()
    with pytest.raises(ValidationError, match="seven years"):
        reported(scored_at, after, monkeypatch)


@given(TIMES, TIMES)
def test_a_report_is_kept_exactly_until_it_expires(scored_at: datetime, now: datetime) -> None:
    assert (scored_at >= first_kept(now)) == (report_expires(scored_at) > now)


def test_29_february_counts_as_28_in_other_years() -> None:
    assert anniversary(date(2024, 2, 29), 7) == date(2031, 2, 28)
    assert anniversary(date(2024, 2, 29), 8) == date(2032, 2, 29)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2026-01-31", 1, "2026-02-28"), ("2028-01-31", 25, "2030-02-28"), ("2026-11-28", 2, "2027-01-28")],
)
def test_a_month_that_lacks_the_day_ends_with_its_last(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


def test_a_period_starts_after_its_days_and_ends_with_its_last_day() -> None:
    start = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert Period(months=25, days=120).end(start) == datetime(2028, 7, 1, tzinfo=UTC)


def test_a_time_within_a_minute_ahead_is_stored_as_now(monkeypatch: pytest.MonkeyPatch) -> None:
    now = "2026-11-27T12:00:00+00:00"
    for ahead in ("2026-11-27T12:00:02Z", "2026-11-27T12:01:00Z"):
        assert reported(ahead, now, monkeypatch) == datetime.fromisoformat(now)
    with pytest.raises(ValidationError, match="future"):
        reported("2026-11-27T12:01:01Z", now, monkeypatch)
