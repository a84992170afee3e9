"""What other services are told: versioned events, which leave through the outbox (see `store`).

A consumer ignores members that it does not know; a change that would mislead one raises `schema_version`.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator

from functions.shared.caller import Caller
from functions.shared.clock import Timestamp
from functions.shared.ids import new_id
from functions.shared.tracing import traceparent as valid_traceparent


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
    traceparent: Annotated[str | None, BeforeValidator(valid_traceparent)] = None

    @classmethod
    def of(cls, customer_id: str, caller: Caller, at: datetime, traceparent: str | None = None) -> Self:
        """The event of an erasure that happens now."""
        return cls(
            id=new_id("evt", at), occurred_at=at, customer_id=customer_id, caller=caller, traceparent=traceparent
        )
