"""What a customer is: the facts a client may write, the resource it reads, and the history of its changes."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from functions.customer.errors import IllegalStatusMove
from functions.customer.fields import (
    BirthDate,
    Country,
    Email,
    Language,
    Metadata,
    Phone,
    Text20,
    Text100,
    Text200,
)
from functions.customer.territories import US_STATES
from functions.shared.caller import Caller
from functions.shared.clock import Timestamp
from functions.shared.ids import new_id
from functions.shared.json_schema import all_null, one_of
from functions.shared.pages import Page
from functions.shared.values import RequestBody, member_error


class StoredAddress(BaseModel):
    """A postal address as it is stored and read."""

    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str


class Address(StoredAddress, RequestBody):
    """A postal address as a client writes it; in the US, `region` is a USPS state code."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"country": {"const": "US"}}},
            "then": {"properties": {"region": {"pattern": one_of(US_STATES)}}},
        }
    )

    line1: Text200
    line2: Text200 | None = None
    city: Text100
    region: Text100 | None = None
    postal_code: Text20 | None = None
    country: Country

    @model_validator(mode="after")
    def _state_of_the_us(self) -> Self:
        if self.country == "US" and self.region is not None and self.region not in US_STATES:
            raise member_error("region", "us_state", "In the US, send a USPS state code, such as CA")
        return self


class StoredDetails(BaseModel):
    """What is stored of a customer: held to the rules of the day it was written, and to no others when it is read."""

    given_name: str | None = None
    family_name: str | None = None
    email: str
    phone: str | None = None
    date_of_birth: date | None = None
    address: StoredAddress | None = None
    language: str | None = None
    metadata: dict[str, str] = {}


class CustomerDetails(StoredDetails, RequestBody):
    """What a client says of a customer; people with one name have only one of the two."""

    given_name: Text100 | None = None
    family_name: Text100 | None = None
    email: Email
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    address: Address | None = None
    language: Language | None = None
    metadata: Metadata = {}

    model_config = ConfigDict(
        json_schema_extra={
            "not": all_null("given_name", "family_name"),
            "examples": [
                {
                    "given_name": "Ada",
                    "family_name": "Lovelace",
                    "email": "ada.lovelace@example.com",
                    "phone": "+12025550143",
                    "date_of_birth": "1985-12-10",
                    "address": {
                        "line1": "1 Analytical Way",
                        "city": "San Francisco",
                        "region": "CA",
                        "postal_code": "94105",
                        "country": "US",
                    },
                    "language": "en-US",
                    "metadata": {"source": "branch"},
                }
            ],
        }
    )

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.given_name is None and self.family_name is None:
            raise member_error("given_name", "name", "Send given_name, family_name or both")
        return self


class CustomerStatus(StrEnum):
    """Where a customer stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


# Where a status can go from here; a closed customer stays closed.
MOVES = {
    CustomerStatus.ACTIVE: (CustomerStatus.SUSPENDED, CustomerStatus.CLOSED),
    CustomerStatus.SUSPENDED: (CustomerStatus.ACTIVE, CustomerStatus.CLOSED),
    CustomerStatus.CLOSED: (),
}


class CustomerStatusReason(StrEnum):
    """Why a status was changed: codes, as free text would hold what nobody may keep."""

    CUSTOMER_REQUEST = "customer_request"
    INACTIVITY = "inactivity"
    IDENTITY_UNVERIFIED = "identity_unverified"
    SUSPECTED_FRAUD = "suspected_fraud"
    COMPLIANCE = "compliance"
    DUPLICATE = "duplicate"
    RESOLVED = "resolved"
    OTHER = "other"


class CustomerStatusChange(RequestBody):
    """A move of a customer's status: active and suspended to each other, both to closed, which is final."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "suspended", "reason": "suspected_fraud"}]})

    status: CustomerStatus
    reason: CustomerStatusReason


class Identity(BaseModel):
    """A base of its own, so that the id comes first."""

    id: str


class Customer(StoredDetails, Identity):
    """A customer as it is stored and read; `version` counts its changes, from 1."""

    status: CustomerStatus = CustomerStatus.ACTIVE
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def create(cls, details: CustomerDetails, at: datetime) -> Self:
        """A new customer; its id sorts by time of creation."""
        return cls(**details.model_dump(), id=new_id("cus", at), created_at=at, updated_at=at, version=1)

    def changed(self, details: CustomerDetails, at: datetime) -> Self:
        """The next version, with these details; this one where they are the same."""
        changed = self._next(dict(details), at)
        return changed if any(differing(self, changed)) else self

    def moved(self, status: CustomerStatus, at: datetime) -> Self:
        """The next version, with another status.

        Raises:
            IllegalStatusMove: there is no way from here to there.
        """
        if status not in MOVES[self.status]:
            raise IllegalStatusMove(self.status, MOVES[self.status])
        return self._next({"status": status}, at)

    def _next(self, members: Mapping[str, Any], at: datetime) -> Self:
        return self.model_copy(update={**members, "updated_at": at, "version": self.version + 1})


class CustomerPage(Page[Customer]):
    """A page of a list of customers."""


class CustomerChangeType(StrEnum):
    """What kind of change."""

    CREATED = "created"
    CHANGED = "changed"
    STATUS_CHANGED = "status_changed"
    ERASED = "erased"


class CustomerChange(BaseModel):
    """An entry of a customer's history: who changed what, when; names of members and never a value.

    `version` is the one that the change made; `fields` names members, of a changed address `address.city` and so on.
    """

    version: int
    type: CustomerChangeType
    at: Timestamp
    caller: Caller
    fields: list[str] = []
    reason: CustomerStatusReason | None = None

    @classmethod
    def between(
        cls, before: Customer | None, after: Customer, caller: Caller, reason: CustomerStatusReason | None = None
    ) -> Self:
        """The change from one version to the next; from None to the first."""
        if before is None:
            kind = CustomerChangeType.CREATED
        else:
            kind = CustomerChangeType.CHANGED if before.status == after.status else CustomerChangeType.STATUS_CHANGED
        fields = list(differing(before, after)) or ["status"]
        return cls(version=after.version, type=kind, at=after.updated_at, caller=caller, fields=fields, reason=reason)


class CustomerChangePage(Page[CustomerChange]):
    """A page of a customer's history, newest first."""


def differing(before: Customer | None, after: Customer) -> Iterator[str]:
    """Names of the details that differ; where there was and is an address, of its members."""
    was = {} if before is None else before.model_dump(include=_DETAILS)
    yield from _differing(was, after.model_dump(include=_DETAILS))


_DETAILS = set(CustomerDetails.model_fields)


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, value in now.items():
        if name == "address" and was.get(name) and value:
            yield from (f"{name}.{member}" for member in _differing(was[name], value))
        elif (was.get(name) or None) != (value or None):
            yield name
