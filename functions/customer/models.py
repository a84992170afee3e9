"""Customers: the details that clients write, and the customer that the service stores and returns."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.customer.errors import IllegalStatusMove
from functions.customer.fields import BirthDate, Country, Email, Language, Metadata, Phone, Text20, Text100, Text200
from functions.customer.territories import US_STATES
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.json_schema import all_null, one_of
from functions.shared.plain.stored import stored
from functions.shared.plain.values import RequestBody, member_error
from functions.shared.requests.pages import Page


class NewAddress(RequestBody):
    """A postal address in a request. In the US, `region` is a USPS state code."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"country": {"const": "US"}}},
            "then": {"properties": {"region": {"pattern": one_of(US_STATES)}}},
        }
    )

    line1: Annotated[Text200, Field(description="Street and number, or post box", examples=["1 Analytical Way"])]
    line2: Annotated[Text200 | None, Field(description="Flat, floor or building", examples=["Suite 200"])] = None
    city: Annotated[Text100, Field(description="City, town or village", examples=["San Francisco"])]
    region: Annotated[
        Text100 | None,
        Field(description="State, province or county; in the US, a USPS state code", examples=["CA"]),
    ] = None
    postal_code: Annotated[Text20 | None, Field(description="Postal code", examples=["94105"])] = None
    country: Annotated[Country, Field(description="Country code of ISO 3166-1 alpha-2", examples=["US"])]

    @model_validator(mode="after")
    def _state_of_the_us(self) -> Self:
        if self.country == "US" and self.region is not None and self.region not in US_STATES:
            raise member_error("region", "us_state", "In the US, send a USPS state code, such as CA")
        return self


class CustomerDetails(RequestBody):
    """Customer fields that a client can set. `given_name` or `family_name` may be missing, but not both."""

    given_name: Annotated[
        Text100 | None,
        Field(description="Given name; may be missing if there is a family name", examples=["Ada"]),
    ] = None
    family_name: Annotated[
        Text100 | None,
        Field(description="Family name; may be missing if there is a given name", examples=["Lovelace"]),
    ] = None
    email: Annotated[
        Email,
        Field(description="E-mail address, unique in any case of its letters", examples=["ada.lovelace@example.com"]),
    ]
    phone: Annotated[Phone | None, Field(description="Phone number in E.164 form", examples=["+12025550143"])] = None
    date_of_birth: Annotated[
        BirthDate | None, Field(description="Date of birth, from 1900-01-01 to today", examples=["1985-12-10"])
    ] = None
    address: Annotated[
        NewAddress | None,
        Field(
            description="Postal address",
            examples=[
                {
                    "line1": "1 Analytical Way",
                    "line2": None,
                    "city": "San Francisco",
                    "region": "CA",
                    "postal_code": "94105",
                    "country": "US",
                }
            ],
        ),
    ] = None
    language: Annotated[
        Language | None, Field(description="Preferred language as a tag of RFC 5646", examples=["en-US"])
    ] = None
    metadata: Metadata = Field(
        default={},
        description="The client's own values: at most 50 keys of 40 characters, with values of 500 characters. "
        "The whole body has at most 32 KiB (32,768 bytes) in UTF-8. "
        "A character takes one to four bytes, and six as an escape",
        examples=[{"source": "branch"}],
    )

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
    """Status of a customer. `closed` is final."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


# Allowed changes of status.
MOVES = {
    CustomerStatus.ACTIVE: (CustomerStatus.SUSPENDED, CustomerStatus.CLOSED),
    CustomerStatus.SUSPENDED: (CustomerStatus.ACTIVE, CustomerStatus.CLOSED),
    CustomerStatus.CLOSED: (),
}


class CustomerStatusReason(StrEnum):
    """Reason for a change of status. A code, because free text could contain personal data."""

    CUSTOMER_REQUEST = "customer_request"
    INACTIVITY = "inactivity"
    IDENTITY_UNVERIFIED = "identity_unverified"
    SUSPECTED_FRAUD = "suspected_fraud"
    COMPLIANCE = "compliance"
    DUPLICATE = "duplicate"
    RESOLVED = "resolved"
    OTHER = "other"


class CustomerStatusChange(RequestBody):
    """New status of a customer, with the reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "suspended", "reason": "suspected_fraud"}]})

    status: Annotated[CustomerStatus, Field(description="New status", examples=["suspended"])]
    reason: Annotated[CustomerStatusReason, Field(description="Reason for the change", examples=["suspected_fraud"])]


class Identity(BaseModel):
    """Base class with the id, which makes it the first member."""

    id: Annotated[str, Field(description="Id of the customer", examples=["cus_01M81ZSH2FGSN7PEVEX7N32QYS"])]


if TYPE_CHECKING:
    StoredDetails = CustomerDetails
else:
    StoredDetails = stored(CustomerDetails)


class Customer(StoredDetails, Identity):
    """A customer as it is stored and returned."""

    status: Annotated[CustomerStatus, Field(description="Status", examples=["active"])] = CustomerStatus.ACTIVE
    created_at: Annotated[Timestamp, Field(description="Time of creation (UTC)", examples=["2026-11-20T09:30:00.000Z"])]
    updated_at: Annotated[
        Timestamp, Field(description="Time of the last change (UTC)", examples=["2026-11-20T09:30:00.000Z"])
    ]
    version: Annotated[int, Field(description="Number of the version, from 1; also the ETag", examples=[1])]

    @classmethod
    def create(cls, details: CustomerDetails, at: datetime) -> Self:
        """Return a new customer. Its id sorts by time of creation."""
        return cls(**details.model_dump(), id=new_id("cus", at), created_at=at, updated_at=at, version=1)

    def changed(self, details: CustomerDetails, at: datetime) -> Self:
        """Return the next version with these details, or this version if they are equal."""
        changed = self._next(details.model_dump(), at)
        return changed if any(differing(self, changed)) else self

    def moved(self, status: CustomerStatus, at: datetime) -> Self:
        """Return the next version with another status.

        Raises:
            IllegalStatusMove: the current status cannot become this one.
        """
        if status not in MOVES[self.status]:
            raise IllegalStatusMove(self.status, MOVES[self.status])
        return self._next({"status": status}, at)

    def _next(self, members: Mapping[str, Any], at: datetime) -> Self:
        next_version = {"updated_at": at, "version": self.version + 1}
        return self.model_validate({**self.model_dump(), **members, **next_version})


class CustomerPage(Page[Customer]):
    """A page of customers."""


def differing(before: Customer | None, after: Customer) -> Iterator[str]:
    """Yield the names of the details that differ. Of two addresses, these are names of their members."""
    was = {} if before is None else before.model_dump(include=_DETAILS)
    yield from _differing(was, after.model_dump(include=_DETAILS))


_DETAILS = set(CustomerDetails.model_fields)


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, value in now.items():
        if name == "address" and was.get(name) and value:
            yield from (f"{name}.{member}" for member in _differing(was[name], value))
        elif (was.get(name) or None) != (value or None):
            yield name
