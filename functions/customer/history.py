"""The history of a customer: an entry for each version."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field

from functions.customer.models import Customer, CustomerStatusReason, differing
from functions.shared.plain.clock import Timestamp
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page


class CustomerChangeType(StrEnum):
    """Kind of a change."""

    CREATED = "created"
    CHANGED = "changed"
    STATUS_CHANGED = "status_changed"
    ERASED = "erased"


class CustomerChange(BaseModel):
    """An entry of a customer's history. It contains names of members, but no values."""

    version: Annotated[int, Field(description="Version that the change made", examples=[3])]
    type: Annotated[CustomerChangeType, Field(description="Kind of the change", examples=["changed"])]
    at: Annotated[Timestamp, Field(description="Time of the change (UTC)", examples=["2026-11-21T14:05:00.000Z"])]
    caller: Annotated[Caller, Field(description="Client, and person that it acted for")]
    fields: Annotated[
        list[str], Field(description="Changed members, such as `phone` or `address.city`", examples=[["address.city"]])
    ] = []
    reason: Annotated[
        CustomerStatusReason | None, Field(description="Reason for a change of status", examples=[None])
    ] = None

    @classmethod
    def between(
        cls, before: Customer | None, after: Customer, caller: Caller, reason: CustomerStatusReason | None = None
    ) -> Self:
        """Return the change from one version to the next, or from None to the first."""
        if before is None:
            kind = CustomerChangeType.CREATED
        else:
            kind = CustomerChangeType.CHANGED if before.status == after.status else CustomerChangeType.STATUS_CHANGED
        fields = list(differing(before, after)) or ["status"]
        return cls(version=after.version, type=kind, at=after.updated_at, caller=caller, fields=fields, reason=reason)


class CustomerChangePage(Page[CustomerChange]):
    """A page of a customer's history, newest first."""
