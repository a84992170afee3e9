"""The queries of lists: which filters there are, and which go together."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from functions.customer import listings
from functions.customer.fields import Email, Phone, Text100
from functions.customer.listings import Listing
from functions.customer.models import CustomerStatus
from functions.shared.clock import utc
from functions.shared.pages import PageQuery
from functions.shared.values import member_error

Moment = Annotated[datetime, BeforeValidator(utc), WithJsonSchema({"type": "string", "format": "date-time"})]


class CustomerQuery(PageQuery):
    """Which customers: of a status and created within a time; or with an email, a phone, a family name."""

    status: CustomerStatus | None = None
    created_after: Annotated[Moment | None, Field(description="Exclusive; UTC")] = None
    created_before: Annotated[Moment | None, Field(description="Exclusive; UTC")] = None
    email: Annotated[Email | None, Field(description="Whatever its case")] = None
    phone: Annotated[Phone | None, Field(description="E.164; in a URL its + is written %2B")] = None
    family_name: Annotated[Text100 | None, Field(description="Its beginning, whatever its case; in name order")] = None

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
        """Where to look, unless it is for an email."""
        if self.phone is not None:
            return listings.with_phone(self.phone)
        if self.family_name is not None:
            return listings.by_name(self.family_name)
        return listings.newest_first(self.status, self.created_after, self.created_before)
