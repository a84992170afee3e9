"""Types of a customer's members, with the rules for requests."""

import os
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from functions.customer.territories import COUNTRIES
from functions.shared.plain.json_schema import LINE, LINES, one_of
from functions.shared.plain.values import Form, Text, lines, normal

# RFC 5646, section 2.1: language, script, region, variants, extensions, private use; or private use only.
_LANGUAGE_TAG = (
    r"^(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?|[xX](?:-[A-Za-z0-9]{1,8})+)$"
)
# ITU-T E.164: a plus sign, then at most 15 digits of which the first is not 0.
_E164 = r"^\+[1-9][0-9]{6,14}$"
# Domains that receive no mail (RFC 6761) and that email-validator refuses.
_SPECIAL_DOMAINS = {"arpa", "invalid", "local", "localhost", "onion", "test"}
_TEST_DOMAINS = {"invalid", "localhost", "test"}
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
REPEATED_KEY = "Send each key once. Keys that differ in spaces around them or in composed letters only are equal"
_EARLIEST_BIRTH = date(1900, 1, 1)


def _distinct_keys(metadata: Any) -> Any:
    if isinstance(metadata, dict) and len({normal(key) for key in metadata}) < len(metadata):
        raise PydanticCustomError("repeated_key", REPEATED_KEY)
    return metadata


def _email(address: str) -> str:
    # Not at start-up: the tables of characters take 15 ms, and reads do not need them.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    top_level = address.rpartition("@")[2].rpartition(".")[2].lower()
    for_tests = top_level in _TEST_DOMAINS and os.environ.get("RESERVED_EMAIL_DOMAINS") == "allow"
    if reason := _unsupported(address, top_level, for_tests=for_tests):
        raise PydanticCustomError("email", "{reason}", {"reason": reason})
    # email-validator always refuses the domains for tests. With a suffix it checks the rest of the address.
    checked = f"{address}.example" if for_tests else address
    try:
        normalized = validate_email(checked, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise PydanticCustomError("email", "Not an e-mail address. Send one such as ada@example.com") from None
    return normalized.removesuffix(".example") if for_tests else normalized


def _unsupported(address: str, top_level: str, *, for_tests: bool) -> str:
    """Return why an address that RFC 5321 allows is refused; an empty string if it is supported."""
    if address.startswith('"'):
        return "A quoted local part is not supported. Send an address whose part before the @ has no quotes"
    if address.endswith(">"):
        return "Send the address without a name and without angle brackets"
    if address.endswith("]"):
        return "An IP address is not supported as a domain. Send an address with a domain name"
    if top_level in _SPECIAL_DOMAINS and "@" in address and not for_tests:
        return "This domain is reserved (RFC 6761) and receives no mail. Send an address with a public domain"
    return ""


def _birth(day: date) -> date:
    # In UTC+14, a child that is born today has tomorrow's date in UTC.
    if not _EARLIEST_BIRTH <= day <= (datetime.now(UTC) + timedelta(hours=14)).date():
        raise PydanticCustomError("date_of_birth", "Send a date between 1900-01-01 and today")
    return day


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise PydanticCustomError("country", "Send a country code of ISO 3166-1 alpha-2, such as US")
    return code


def _iso_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date", "Send a date, written YYYY-MM-DD")


_Line = Annotated[Text, Field(json_schema_extra={"pattern": LINE})]
Text20 = Annotated[_Line, StringConstraints(min_length=1, max_length=20)]
Text100 = Annotated[_Line, StringConstraints(min_length=1, max_length=100)]
Text200 = Annotated[_Line, StringConstraints(min_length=1, max_length=200)]
Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "idn-email", "pattern": "^.+@.+$"}),
]
Phone = Annotated[str, Form(_E164, "Send an E.164 number with + and 7 to 15 digits, such as +12025550143")]
BirthDate = Annotated[date, BeforeValidator(_iso_date), AfterValidator(_birth)]
Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": one_of(COUNTRIES)})]
Language = Annotated[
    str, StringConstraints(max_length=35), Form(_LANGUAGE_TAG, "Send a language tag of RFC 5646, such as en-US")
]
MetadataKey = Annotated[Text, StringConstraints(min_length=1, max_length=40)]
MetadataValue = Annotated[
    str, StringConstraints(max_length=500), AfterValidator(lines), Field(json_schema_extra={"pattern": LINES})
]
# Not a pattern of the key's type: pydantic makes patternProperties of it, which generators of clients ignore.
KEYS = {"propertyNames": {"minLength": 1, "maxLength": 40, "pattern": LINE}}
Metadata = Annotated[
    dict[MetadataKey, MetadataValue], Field(max_length=50, json_schema_extra=KEYS), BeforeValidator(_distinct_keys)
]
