"""Times as clients write them, and for how long scores are kept."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from functions.shared.clock import TOLERANCE, UtcTime, now

# 15 USC 1681c(a): adverse items, and so the reasons of a score, are reported for seven calendar years at most.
# (b) excepts large credit, large life insurance and high salaries; nothing here relies on that.
REPORT_YEARS = 7


def report_expires(scored_at: datetime) -> datetime:
    """Return when a report expires: at the end of the day, in UTC, of its seventh anniversary."""
    return _midnight(anniversary(scored_at.date(), REPORT_YEARS) + timedelta(days=1))


def first_kept(at: datetime) -> datetime:
    """Return the earliest time of a report that has not expired at a time."""
    day = at.date()
    first = anniversary(day, -REPORT_YEARS)
    # The anniversary of 28 February is past on 29 February.
    return _midnight(first + timedelta(days=1) if first.day != day.day else first)


def anniversary(day: date, years: int) -> date:
    """Return the same day some calendar years later or earlier; 29 February counts as 28 in other years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _reportable(moment: datetime) -> datetime:
    at = now()
    if moment > at + TOLERANCE:
        raise PydanticCustomError("future", "A score cannot have been made in the future")
    if moment < first_kept(at):
        raise PydanticCustomError("too_old", "A score is kept for seven years (15 USC 1681c(a)), and this one is older")
    return min(moment, at)


ReportableTime = Annotated[UtcTime, AfterValidator(_reportable)]
