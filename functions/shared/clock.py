"""The time, as the API gives it: UTC, RFC 3339, to the millisecond."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

# RFC 3339, section 5.6, with the offset Z.
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")


def now() -> datetime:
    """The current time in UTC, to the millisecond."""
    return to_millisecond(datetime.now(UTC))


def utc(value: Any) -> Any:
    """A time as a client writes it, before pydantic judges it: text in UTC becomes a time, other text is refused."""
    if not isinstance(value, str):
        return value
    try:
        if _UTC.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("utc", "A time is written in UTC as RFC 3339 has it, such as 2026-01-31T09:30:00Z")


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
# As clients write it; to the millisecond, which is how times are stored and compared.
UtcTime = Annotated[Timestamp, BeforeValidator(utc), AfterValidator(to_millisecond)]
