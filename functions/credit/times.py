"""Retention periods of reports and inquiries, and the times that a new report may have."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, NamedTuple

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from functions.shared.plain import clock
from functions.shared.plain.clock import PastTime

# 15 USC 1681c(a): adverse items, such as the reasons of a score, are reported for at most seven calendar years. The
# exceptions in (b), such as large credit, are not used.
REPORT_YEARS = 7


class Period(NamedTuple):
    """Retention period: a number of days, then calendar months, until the end of the last day in UTC."""

    months: int
    days: int = 0

    def end(self, start: datetime) -> datetime:
        """Return the first moment after the period that starts on the day of `start`, in UTC."""
        return _midnight(months_later(start.date() + timedelta(days=self.days), self.months) + timedelta(days=1))


REPORT_KEPT = Period(months=12 * REPORT_YEARS)
# 12 CFR 1002.12(b)(1): 25 months after the notice to the applicant.
NOTICE_KEPT = Period(months=25)
# 11 CCR 7101(a): records of consumers' requests and of the responses are kept for at least 24 months.
EXPORT_KEPT = Period(months=24)
APPLICATION_LAW = "12 CFR 1002.12(b)"


def report_expires(scored_at: datetime) -> datetime:
    """Return when a report expires: at the end of the day, in UTC, of its seventh anniversary."""
    return REPORT_KEPT.end(scored_at)


def first_kept(at: datetime) -> datetime:
    """Return the earliest time of a report that has not expired at a time."""
    day = at.date()
    first = anniversary(day, -REPORT_YEARS)
    # The anniversary of 28 February is past on 29 February.
    return _midnight(first + timedelta(days=1) if first.day != day.day else first)


def anniversary(day: date, years: int) -> date:
    """Return the same day some calendar years later or earlier; 29 February counts as 28 in other years."""
    return months_later(day, 12 * years)


def months_later(day: date, months: int) -> date:
    """Return the same day some calendar months later or earlier, or the last day of a month that lacks it."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _reportable(moment: datetime) -> datetime:
    if moment < first_kept(clock.now()):
        raise PydanticCustomError("too_old", "Send a time within the last seven years (15 USC 1681c(a))")
    return moment


ReportableTime = Annotated[PastTime, AfterValidator(_reportable)]
