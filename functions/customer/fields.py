"""What a member of a customer may hold, and how it is stored."""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from functions.customer.territories import COUNTRIES
from functions.shared.json_schema import LINE, LINES, one_of

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


def normal(text: str) -> str:
    """Text in NFC without spaces around it; names and addresses are otherwise kept as they are written."""
    return unicodedata.normalize("NFC", text).strip()


def _printable(text: str) -> str:
    text = normal(text)
    _refuse_controls(text)
    return text


def _lines(text: str) -> str:
    _refuse_controls(text.replace("\n", "").replace("\t", ""))
    return text


def _refuse_controls(text: str) -> None:
    if not text.isprintable() and any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise PydanticCustomError("control_character", "Text holds a control character")


def _distinct_keys(metadata: Any) -> Any:
    if isinstance(metadata, dict) and len({normal(key) for key in metadata}) < len(metadata):
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


_Line = Annotated[str, AfterValidator(_printable), Field(json_schema_extra={"pattern": LINE})]

Text20 = Annotated[_Line, StringConstraints(min_length=1, max_length=20)]
Text100 = Annotated[_Line, StringConstraints(min_length=1, max_length=100)]
Text200 = Annotated[_Line, StringConstraints(min_length=1, max_length=200)]
Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "idn-email", "pattern": "^.+@.+$"}),
]
Phone = Annotated[str, StringConstraints(pattern=_E164)]
BirthDate = Annotated[date, BeforeValidator(_iso_date), AfterValidator(_birth)]
Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": one_of(COUNTRIES)})]
Language = Annotated[str, StringConstraints(pattern=_LANGUAGE_TAG, max_length=35)]
MetadataKey = Annotated[str, AfterValidator(_printable), StringConstraints(min_length=1, max_length=40)]
MetadataValue = Annotated[
    str, StringConstraints(max_length=500), AfterValidator(_lines), Field(json_schema_extra={"pattern": LINES})
]

# Not a pattern of the key's type: pydantic would make patternProperties of it, which generators of clients ignore.
KEYS = {"propertyNames": {"minLength": 1, "maxLength": 40, "pattern": LINE}}
Metadata = Annotated[
    dict[MetadataKey, MetadataValue], Field(max_length=50, json_schema_extra=KEYS), BeforeValidator(_distinct_keys)
]
