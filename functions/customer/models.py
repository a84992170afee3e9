"""What a customer is: the facts a client may write, and the resource it reads."""

import re
import unicodedata
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    JsonValue,
    RootModel,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError, to_json

from functions.customer.territories import COUNTRIES, US_STATES
from functions.shared.clock import Timestamp
from functions.shared.ids import new_id
from functions.shared.problems import BODY_DETAIL, invalid

# RFC 5646, section 2.1: language, script, region, variants, extensions, private use; or private use alone.
_LANGUAGE_TAG = (
    r"^(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?|[xX](?:-[A-Za-z0-9]{1,8})+)$"
)
# ITU-T E.164: a plus sign, then at most 15 digits of which the first is not 0.
_E164 = r"^\+[1-9][0-9]{6,14}$"
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EARLIEST_BIRTH = date(1900, 1, 1)


def _normal(text: str) -> str:
    """Text in NFC without spaces around it; names and addresses are otherwise kept as they are written."""
    return unicodedata.normalize("NFC", text).strip()


def _printable(text: str) -> str:
    text = _normal(text)
    _refuse_controls(text)
    return text


def _lines(text: str) -> str:
    _refuse_controls(text.replace("\n", "").replace("\t", ""))
    return text


def _refuse_controls(text: str) -> None:
    if not text.isprintable() and any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PydanticCustomError("control_character", "Text holds a control character")


def _distinct_keys(metadata: Any) -> Any:
    if isinstance(metadata, dict) and len({_normal(key) for key in metadata}) < len(metadata):
        raise PydanticCustomError("repeated_key", "Two keys are the same text")
    return metadata


def _email(address: str) -> str:
    # Not at start-up: its tables of characters take 15 ms, which a read does without.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        return validate_email(address, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise PydanticCustomError("email", "Not an e-mail address as RFC 5321 has it") from None


def _birth(day: date) -> date:
    if not _EARLIEST_BIRTH <= day <= datetime.now(UTC).date():
        raise PydanticCustomError("date_of_birth", "A date of birth lies between 1900-01-01 and today")
    return day


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise PydanticCustomError("country", "Not a country code of ISO 3166-1 alpha-2, such as US")
    return code


def _iso_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date", "Not a date, written YYYY-MM-DD")


Text20 = Annotated[str, AfterValidator(_printable), StringConstraints(min_length=1, max_length=20)]
Text100 = Annotated[str, AfterValidator(_printable), StringConstraints(min_length=1, max_length=100)]
Text200 = Annotated[str, AfterValidator(_printable), StringConstraints(min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(pattern=_E164)]
BirthDate = Annotated[date, BeforeValidator(_iso_date), AfterValidator(_birth)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, StringConstraints(pattern=_LANGUAGE_TAG, max_length=35)]
MetadataKey = Annotated[str, AfterValidator(_printable), StringConstraints(min_length=1, max_length=40)]
MetadataValue = Annotated[str, StringConstraints(max_length=500), AfterValidator(_lines)]

Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50), BeforeValidator(_distinct_keys)]


class StoredAddress(BaseModel):
    """A postal address as it is stored and read."""

    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str


class Address(StoredAddress, extra="forbid"):
    """A postal address as a client writes it; in the US, `region` is a USPS state code."""

    line1: Text200
    line2: Text200 | None = None
    city: Text100
    region: Text100 | None = None
    postal_code: Text20 | None = None
    country: Country

    @model_validator(mode="after")
    def _state_of_the_us(self) -> Self:
        if self.country == "US" and self.region is not None and self.region not in US_STATES:
            raise PydanticCustomError("us_state", "In the US, region is a USPS state code, such as CA")
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


class CustomerDetails(StoredDetails, extra="forbid"):
    """What a client says of a customer; people with one name have only one of the two."""

    given_name: Text100 | None = None
    family_name: Text100 | None = None
    email: Email
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    address: Address | None = None
    language: Language | None = None
    metadata: Metadata = {}

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.given_name is None and self.family_name is None:
            raise PydanticCustomError("name", "A customer has a given_name, a family_name, or both")
        return self


class Status(StrEnum):
    """Where a customer stands."""

    ACTIVE = "active"


class Identity(BaseModel):
    """A base of its own, so that the id comes first."""

    id: str


class Customer(StoredDetails, Identity):
    """A customer as it is stored and read; `version` counts its changes, from 1."""

    status: Status = Status.ACTIVE
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def create(cls, details: CustomerDetails, at: datetime) -> Self:
        """A new customer; its id sorts by time of creation."""
        return cls(**details.model_dump(), id=new_id("cus", at), created_at=at, updated_at=at, version=1)

    def changed(self, details: CustomerDetails, at: datetime) -> Self:
        """The next version, with these details."""
        return self.model_copy(update={**dict(details), "updated_at": at, "version": self.version + 1})


class MergePatch(RootModel[dict[str, JsonValue]]):
    """A JSON Merge Patch of a customer's details (RFC 7396): members to set, `null` for those to remove."""

    def applied_to(self, customer: Customer) -> CustomerDetails:
        """The customer's details after the patch.

        Raises:
            InvalidRequest: they would not fit the model.
        """
        details = customer.model_dump(mode="json", include=set(CustomerDetails.model_fields), exclude_none=True)
        merged = _merge(details, self.root)
        try:
            return CustomerDetails.model_validate_json(to_json(merged), strict=True)
        except ValidationError as error:
            raise invalid(error, BODY_DETAIL) from None


def _merge(target: JsonValue, patch: JsonValue) -> JsonValue:
    """MergePatch of RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged


class ListQuery(BaseModel, extra="forbid"):
    """The query of a list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class CustomerPage(BaseModel):
    """A page of a list, newest first; without `next_cursor` it is the last."""

    items: list[Customer]
    next_cursor: str | None

    def link(self, limit: int) -> dict[str, str]:
        """The Link header (RFC 8288) to the next page, relative to the request's own URL; none on the last."""
        if self.next_cursor is None:
            return {}
        return {"Link": f'<?limit={limit}&cursor={self.next_cursor}>; rel="next"'}
