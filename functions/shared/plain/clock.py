"""Times of the API: accepted with any RFC 3339 offset, stored and returned in UTC to the millisecond."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

# RFC 3339, section 5.6: the offset is required, T and Z may be in lower case, a fraction has any number of digits.
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.IGNORECASE,
)
_SECOND = timedelta(seconds=1)
_LEAP_SECOND = re.compile(r"(?<=:)60(?=[.Z+-])")


# A time in a request may be this much ahead of our clock. It is stored as the current time.
TOLERANCE = timedelta(seconds=60)


def now() -> datetime:
    """Return the current time in UTC, to the millisecond."""
    return to_millisecond(datetime.now(UTC))


def utc(value: Any) -> Any:
    """Convert a client's RFC 3339 text, with any offset, to a time in UTC. Return other types unchanged, for pydantic.

    Raises:
        PydanticCustomError: the text is not RFC 3339, or its time in UTC is not in the years 1 to 9999.
    """
    if not isinstance(value, str):
        return value
    try:
        if _RFC_3339.fullmatch(value):
            return _parsed(value.upper())
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError(
        "utc", "Send an RFC 3339 time with its offset, such as 2026-01-31T09:30:00Z. In a query, encode + as %2B"
    )


def _parsed(text: str) -> datetime:
    """Return the time of an RFC 3339 text in UTC. A leap second is the second after it, as POSIX counts."""
    ordinary = _LEAP_SECOND.sub("59", text)
    time = datetime.fromisoformat(ordinary).astimezone(UTC)
    if ordinary == text:
        return time
    following = time + _SECOND
    # RFC 3339, section 5.7: only at the end of a month in UTC.
    if (following.day, following.hour, following.minute) != (1, 0, 0):
        raise ValueError(text)
    return following


def past(time: datetime) -> datetime:
    """Return a client's time, or the current time if the client's clock is ahead by at most `TOLERANCE`.

    Raises:
        PydanticCustomError: the time is further ahead.
    """
    at = now()
    if time > at + TOLERANCE:
        raise PydanticCustomError("future", "This time is in the future. Send a time that has passed")
    return min(time, at)


def to_millisecond(time: datetime) -> datetime:
    """Return a time cut to the millisecond."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def rfc3339(time: datetime) -> str:
    """Return a UTC time as text, such as 2026-11-22T15:30:00.000Z."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
# A time in a request: any offset, converted to UTC and cut to the millisecond.
UtcTime = Annotated[Timestamp, BeforeValidator(utc), AfterValidator(to_millisecond)]
# A time in a request that has passed, with `TOLERANCE`.
PastTime = Annotated[UtcTime, AfterValidator(past)]
