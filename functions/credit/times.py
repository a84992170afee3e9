"""Times as clients write them, and for how long scores are kept."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from functions.shared.clock import UtcTime, now

# 15 USC 1681c(a): what is adverse is reported for seven years at most (at least 2,556 days), and reasons tell of such.
# (b) excepts large credit, large life insurance and high salaries; nothing here relies on that.
REPORT_KEPT = timedelta(days=2556)


def _reportable(time: datetime) -> datetime:
    at = now()
    if time > at:
        raise PydanticCustomError("future", "A score cannot have been made in the future")
    if time <= at - REPORT_KEPT:
        raise PydanticCustomError("too_old", "A score is kept for seven years (15 USC 1681c(a)), and this one is older")
    return time


ReportableTime = Annotated[UtcTime, AfterValidator(_reportable)]
