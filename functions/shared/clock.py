"""The time, as the API gives it: UTC, RFC 3339, to the millisecond."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema


def now() -> datetime:
    """The current time in UTC, to the millisecond."""
    return to_millisecond(datetime.now(UTC))


def to_millisecond(time: datetime) -> datetime:
    """A time without what is finer than a millisecond."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def rfc3339(time: datetime) -> str:
    """A UTC time as text, such as 2026-11-22T15:30:00.000Z."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
