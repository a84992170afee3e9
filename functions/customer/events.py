"""Events for other services, which the outbox delivers (see `table`).

Consumers ignore unknown members. A change that they could misunderstand increases `schema_version`.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator

from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.tracing import traceparent as valid_traceparent
from functions.shared.requests.caller import Caller


class CustomerErased(BaseModel):
    """Erasure of a customer. Other services then erase their data of this customer. Contains no personal data.

    `id` sorts by time, and is the same in each delivery of the event.
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
        """Return the event of an erasure."""
        return cls(
            id=new_id("evt", at), occurred_at=at, customer_id=customer_id, caller=caller, traceparent=traceparent
        )
