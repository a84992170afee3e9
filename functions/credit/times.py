"""Times as clients write them, and for how long scores are kept."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from functions.shared.clock import Timestamp, now, to_millisecond

# RFC 3339, section 5.6, with the offset Z.
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")

# 15 USC 1681c(a): what is adverse is reported for seven years at most (at least 2,556 days), and reasons tell of such.
REPORT_KEPT = timedelta(days=2556)


def _utc(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if _UTC.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("utc", "A time is written in UTC as RFC 3339 has it, such as 2026-01-31T09:30:00Z")


def _reportable(time: datetime) -> datetime:
    at = now()
    if time > at:
        raise PydanticCustomError("future", "A score cannot have been made in the future")
    if time <= at - REPORT_KEPT:
        raise PydanticCustomError("too_old", "A score is kept for seven years (15 USC 1681c(a)), and this one is older")
    return time


# To the millisecond, which is how times are stored and compared.
UtcTime = Annotated[Timestamp, BeforeValidator(_utc), AfterValidator(to_millisecond)]
ReportableTime = Annotated[UtcTime, AfterValidator(_reportable)]
