"""Customers: the details that clients write, and the customer that the service stores and returns."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.customer import fields
from functions.customer.errors import IllegalStatusMove
from functions.customer.fields import BirthDate, Country, Email, Language, Metadata, Phone, Text20, Text100, Text200
from functions.customer.territories import US_STATES
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.json_schema import all_null, one_of
from functions.shared.plain.values import RequestBody, member_error
from functions.shared.requests.pages import Page


class StoredAddress(BaseModel):
    """A postal address as it is stored and returned."""

    line1: Annotated[str, fields.LINE1]
    line2: Annotated[str | None, fields.LINE2] = None
    city: Annotated[str, fields.CITY]
    region: Annotated[str | None, fields.REGION] = None
    postal_code: Annotated[str | None, fields.POSTAL_CODE] = None
    country: Annotated[str, fields.COUNTRY]


class Address(StoredAddress, RequestBody):
    """A postal address in a request. In the US, `region` is a USPS state code."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"country": {"const": "US"}}},
            "then": {"properties": {"region": {"pattern": one_of(US_STATES)}}},
        }
    )

    line1: Annotated[Text200, fields.LINE1]
    line2: Annotated[Text200 | None, fields.LINE2] = None
    city: Annotated[Text100, fields.CITY]
    region: Annotated[Text100 | None, fields.REGION] = None
    postal_code: Annotated[Text20 | None, fields.POSTAL_CODE] = None
    country: Annotated[Country, fields.COUNTRY]

    @model_validator(mode="after")
    def _state_of_the_us(self) -> Self:
        if self.country == "US" and self.region is not None and self.region not in US_STATES:
            raise member_error("region", "us_state", "In the US, send a USPS state code, such as CA")
        return self


class StoredDetails(BaseModel):
    """Customer fields as they are stored. Reads do not validate them, because the rules of requests may change."""

    given_name: Annotated[str | None, fields.GIVEN_NAME] = None
    family_name: Annotated[str | None, fields.FAMILY_NAME] = None
    email: Annotated[str, fields.EMAIL]
    phone: Annotated[str | None, fields.PHONE] = None
    date_of_birth: Annotated[date | None, fields.BIRTH_DATE] = None
    address: Annotated[StoredAddress | None, fields.ADDRESS] = None
    language: Annotated[str | None, fields.LANGUAGE] = None
    metadata: Annotated[dict[str, str], fields.METADATA] = {}


class CustomerDetails(StoredDetails, RequestBody):
    """Customer fields that a client can set. `given_name` or `family_name` may be missing, but not both."""

    given_name: Annotated[Text100 | None, fields.GIVEN_NAME] = None
    family_name: Annotated[Text100 | None, fields.FAMILY_NAME] = None
    email: Annotated[Email, fields.EMAIL]
    phone: Annotated[Phone | None, fields.PHONE] = None
    date_of_birth: Annotated[BirthDate | None, fields.BIRTH_DATE] = None
    address: Annotated[Address | None, fields.ADDRESS] = None
    language: Annotated[Language | None, fields.LANGUAGE] = None
    metadata: Annotated[Metadata, fields.METADATA] = {}

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
        changed = self._next(dict(details), at)
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
        return self.model_copy(update={**members, "updated_at": at, "version": self.version + 1})


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
