"""What other services are told: versioned events, which leave through the outbox (see `store`).

A consumer ignores members that it does not know; a change that would mislead one raises `schema_version`.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator

from functions.shared.caller import Caller
from functions.shared.clock import Timestamp
from functions.shared.ids import new_id

# W3C Trace Context, version 00.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def _traceparent(given: Any) -> Any:
    """A header that is none counts as none was sent, as the standard has it."""
    return given if isinstance(given, str) and _TRACEPARENT.fullmatch(given) else None


class CustomerErased(BaseModel):
    """A customer was erased: whoever holds data about it erases that too. Holds no personal data itself.

    `id` sorts by time, and is the same each time the event is delivered.
    """

    id: str
    type: Literal["customer.erased"] = "customer.erased"
    schema_version: Literal[1] = 1
    occurred_at: Timestamp
    customer_id: str
    caller: Caller
    traceparent: Annotated[str | None, BeforeValidator(_traceparent)] = None

    @classmethod
    def of(cls, customer_id: str, caller: Caller, at: datetime, traceparent: str | None = None) -> Self:
        """The event of an erasure that happens now."""
        return cls(
            id=new_id("evt", at), occurred_at=at, customer_id=customer_id, caller=caller, traceparent=traceparent
        )
