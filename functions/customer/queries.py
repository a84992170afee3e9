"""Query parameters of the list of customers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from functions.customer import listings
from functions.customer.fields import Email, Phone, Text100
from functions.customer.listings import Listing
from functions.customer.models import CustomerStatus
from functions.shared.plain.clock import utc
from functions.shared.plain.values import member_error
from functions.shared.requests.pages import PageQuery

Moment = Annotated[datetime, BeforeValidator(utc), WithJsonSchema({"type": "string", "format": "date-time"})]


class CustomerQuery(PageQuery):
    """Filters of the list: a status and a range of time, or one of e-mail address, phone number and family name."""

    status: Annotated[CustomerStatus | None, Field(description="Customers with this status", examples=["active"])] = (
        None
    )
    created_after: Annotated[
        Moment | None, Field(description="Customers created after this time", examples=["2026-11-01T00:00:00Z"])
    ] = None
    created_before: Annotated[
        Moment | None, Field(description="Customers created before this time", examples=["2026-12-01T00:00:00Z"])
    ] = None
    email: Annotated[
        Email | None,
        Field(description="E-mail address, in any case of its letters", examples=["ada.lovelace@example.com"]),
    ] = None
    phone: Annotated[
        Phone | None, Field(description="E.164 number; encode + as %2B in a URL", examples=["+12025550143"])
    ] = None
    family_name: Annotated[
        Text100 | None, Field(description="Beginning of the family name, in any case of its letters", examples=["Love"])
    ] = None

    @model_validator(mode="after")
    def _served_by_one_index(self) -> Self:
        given = set(self.filter())
        alone = given & {"email", "phone", "family_name"}
        if alone and len(given) > 1:
            raise member_error(
                min(given - {min(alone)}),
                "filters",
                "Send any of status, created_after and created_before, or exactly one of email, phone and family_name",
            )
        return self

    def listing(self) -> Listing:
        """Return the range of an index with these customers. E-mail addresses are in no index."""
        if self.phone is not None:
            return listings.with_phone(self.phone)
        if self.family_name is not None:
            return listings.by_name(self.family_name)
        return listings.newest_first(self.status, self.created_after, self.created_before)
