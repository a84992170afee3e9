"""What a social security number is, and what goes in and out: numbers, consents, purposes, the masked form."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from unicodedata import normalize

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from functions.shared.clock import PastTime, Timestamp
from functions.shared.json_schema import LINE
from functions.shared.values import Form, RequestBody, Text

_WRITTEN = re.compile(r"([0-9]{3})([- ]?)([0-9]{2})\2([0-9]{4})")
# SSA: the card of the Woolworth wallet (https://www.ssa.gov/history/ssn/misused.html), and the specimen of a pamphlet.
_NEVER_ISSUED = {"078051120", "219099999"}
# SSA reserved 987-65-4320 to 987-65-4329 for advertisements.
_ADVERTISING = "98765432"
# IRS, Internal Revenue Manual 3.21.263: the middle digits of a taxpayer number that starts with 9.
_ITIN_MIDDLES = {*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)}
_ATIN_MIDDLE = 93
# Nine digits with nothing but separators between them.
_HELD = re.compile(r"\d(?:[\W_]{0,5}\d){8}")
# In an id, nine that stand alone as a number is written, and not a date with a count, or any nine of one that calls
# itself a number; those among letters may be a UUID's.
_BETWEEN = r"[^0-9A-Za-z]{1,3}"
_GROUPS = ("3 2 4", "3 6", "5 4", "9", "1 1 1 1 1 1 1 1 1")
_GROUPED = "|".join(_BETWEEN.join(rf"\d{{{size}}}" for size in groups.split()) for groups in _GROUPS)
_HELD_IN_ID = re.compile(rf"(?<![0-9A-Za-z])(?:{_GROUPED})(?![0-9A-Za-z])")
_NAMES_ITSELF = re.compile(r"ssn|social", re.IGNORECASE)
# The same as `_issuable` below, in one expression.
_ISSUABLE = r"^(?!000|666|9|078[- ]?05[- ]?1120|219[- ]?09[- ]?9999)[0-9]{3}([- ]?)(?!00)[0-9]{2}\1(?!0000)[0-9]{4}$"
# SSA, eCBSV User Agreement: a written consent is good for 90 days, once. https://www.ssa.gov/dataexchange/eCBSV/
CONSENT_LIFETIME = timedelta(days=90)


def _issuable(written: SecretStr) -> SecretStr:
    """The nine digits of a number that SSA may have issued; a refusal says why and never which number.

    Source: https://www.ssa.gov/employer/randomization.html. Since 2011 an area tells no state, and no list of areas or
    groups in use says anything about later numbers, so nothing else is refused.
    """
    parts = _WRITTEN.fullmatch(written.get_secret_value())
    if parts is None:
        raise PydanticCustomError("ssn_form", "Nine digits, written AAA-GG-SSSS, AAAGGSSSS or AAA GG SSSS")
    area, _, group, serial = parts.groups()
    digits = area + group + serial
    if digits in _NEVER_ISSUED or digits.startswith(_ADVERTISING):
        raise PydanticCustomError("ssn_never_issued", "A number for specimens and advertisements, issued to no person")
    if area.startswith("9"):
        raise _starts_with_9(int(group))
    if area in {"000", "666"}:
        raise PydanticCustomError("ssn_area", "No social security number starts with 000 or 666")
    if group == "00":
        raise PydanticCustomError("ssn_group", "No social security number has 00 as its middle digits")
    if serial == "0000":
        raise PydanticCustomError("ssn_serial", "No social security number ends with 0000")
    return SecretStr(digits)


def _starts_with_9(middle: int) -> PydanticCustomError:
    if middle == _ATIN_MIDDLE:
        return PydanticCustomError(
            "ssn_atin", "Looks like an adoption taxpayer number (ATIN), not a social security number"
        )
    if middle in _ITIN_MIDDLES:
        return PydanticCustomError("ssn_itin", "Looks like a taxpayer number (ITIN), not a social security number")
    return PydanticCustomError("ssn_area", "No social security number starts with 9")


def id_holds_ssn(opaque: str) -> bool:
    """Whether an id that is kept in the clear has something in it that may be a number."""
    named = _NAMES_ITSELF.search(opaque) and _HELD.search(opaque)
    return bool(named or _HELD_IN_ID.search(opaque))


def _opaque(opaque: str) -> str:
    if id_holds_ssn(opaque):
        raise PydanticCustomError("holds_ssn", "Kept in the clear: no social security number")
    return opaque


def _wordy(text: str) -> str:
    # Digits that only look different, such as those in circles, are digits to a reader.
    if _HELD.search(normalize("NFKC", text)):
        raise PydanticCustomError("holds_ssn", "Kept in the clear: no nine digits, and no social security number")
    return text


def _example(**members: Any) -> ConfigDict:
    # A number that SSA did not issue while areas told states, which was until 2011.
    return ConfigDict(json_schema_extra={"examples": [members]})


class SubmittedSsn(RequestBody, hide_input_in_errors=True):
    """A number as a client sends it; held as nine digits that neither `str` nor `repr` shows."""

    model_config = _example(ssn="899-51-2046")

    ssn: Annotated[
        SecretStr,
        AfterValidator(_issuable),
        Field(description="AAA-GG-SSSS, AAAGGSSSS or AAA GG SSSS", json_schema_extra={"pattern": _ISSUABLE}),
    ]


class SsnPurpose(StrEnum):
    """What a number may be looked up or revealed for; where each comes from stands beside it."""

    TAX_REPORTING = "tax_reporting"  # 26 USC 6109(a)(3): returns name the payee's number
    WAGE_REPORTING = "wage_reporting"  # 26 CFR 31.6051-1: so does a wage statement
    CUSTOMER_IDENTIFICATION = "customer_identification"  # 31 CFR 1020.220(a)(2)(i)(A)(4)
    CREDIT_APPLICATION = "credit_application"  # 15 USC 1681b(a)(3)(A)
    FRAUD_INVESTIGATION = "fraud_investigation"  # 15 USC 6802(e)(3)(B)
    LEGAL_ORDER = "legal_order"  # 15 USC 1681b(a)(1)
    CONSUMER_REQUEST = "consumer_request"  # 15 USC 1681g(a)(1)(A): the consumer asks for the own file


class SsnConsentPurpose(StrEnum):
    """What a number holder may consent to have the number verified for.

    Public Law 115-174, section 215: a credit transaction, or a circumstance of 15 USC 1681b.
    """

    CREDIT_TRANSACTION = "credit_transaction"
    ACCOUNT_REVIEW = "account_review"
    EMPLOYMENT = "employment"
    INSURANCE_UNDERWRITING = "insurance_underwriting"
    BUSINESS_TRANSACTION = "business_transaction"


class SsnConsentMethod(StrEnum):
    """How a number holder consented."""

    WRITTEN = "written"
    ELECTRONIC = "electronic"


class StoredSsnConsent(BaseModel, extra="forbid"):
    """A consent as the audit keeps it; only a new one must meet the rules of `SsnConsent`."""

    consent_id: str
    given_at: Timestamp
    purpose: SsnConsentPurpose
    method: SsnConsentMethod


class SsnConsent(StoredSsnConsent, RequestBody):
    """A number holder's consent to one verification, as the client attests it."""

    consent_id: Annotated[
        str,
        Form(r"^[!-~]{1,128}$", "Send 1 to 128 printable ASCII characters without spaces, such as consent-2026-000117"),
        AfterValidator(_opaque),
        Field(description="The client's own"),
    ]
    given_at: PastTime

    def valid(self, at: datetime) -> bool:
        """Return whether it was given at most `CONSENT_LIFETIME` ago."""
        return at - CONSENT_LIFETIME <= self.given_at


class SsnVerification(SubmittedSsn):
    """A question whether a number is a customer's."""

    model_config = _example(
        ssn="899-51-2046",
        consent={
            "consent_id": "consent-2026-000117",
            "given_at": "2026-11-20T09:30:00.000Z",
            "purpose": "credit_transaction",
            "method": "electronic",
        },
    )

    consent: SsnConsent


class SsnVerificationResult(BaseModel):
    """The answer: yes or no, and nothing of what differs."""

    match: bool


class SsnLookup(SubmittedSsn):
    """A question whose a number is."""

    model_config = _example(ssn="899-51-2046", purpose="fraud_investigation")

    purpose: SsnPurpose


class SsnLookupResult(BaseModel):
    """The customer that has a number."""

    customer_id: str


class SsnRevealRequest(RequestBody):
    """Why somebody must see a number; both are audited."""

    model_config = _example(purpose="tax_reporting", justification="Form 1099-INT of the tax year, batch 7")

    purpose: SsnPurpose
    justification: Annotated[
        Text,
        StringConstraints(min_length=10, max_length=500),
        AfterValidator(_wordy),
        Field(
            description="In words, for whoever reads the audit; it is kept in the clear",
            json_schema_extra={"pattern": LINE},
        ),
    ]


class SsnKind(StrEnum):
    """What kind of number is stored."""

    SSN = "ssn"


class Record(BaseModel):
    """What is known of a stored number without decrypting anything; `version` counts its changes, from 1."""

    kind: SsnKind = SsnKind.SSN
    created_at: Timestamp
    updated_at: Timestamp
    verified: bool = False
    verified_at: Timestamp | None = None
    version: int

    @classmethod
    def create(cls, at: datetime) -> Self:
        """The record of a customer's first number."""
        return cls(created_at=at, updated_at=at, version=1)

    def replaced(self, at: datetime) -> "Record":
        """The record of the number that follows; nobody has verified that one."""
        return Record(created_at=self.created_at, updated_at=at, version=self.version + 1)

    def confirmed(self, at: datetime) -> "Record":
        """The record once the number was verified."""
        return self.model_copy(update={"verified": True, "verified_at": at, "version": self.version + 1})


class Masked(BaseModel):
    """A base of its own, so that the masked number comes first."""

    masked: str


class MaskedSsn(Record, Masked):
    """A stored number as clients read it."""

    @classmethod
    def of(cls, record: Record, last4: SecretStr) -> Self:
        """The masked form: the last four digits alone (FCRA 609(a)(1)(A), 15 USC 1681g)."""
        return cls(**record.model_dump(), masked=f"***-**-{last4.get_secret_value()}")


class RevealedSsn(BaseModel):
    """A number in full; the one answer that has it."""

    ssn: str
    kind: SsnKind = SsnKind.SSN

    @classmethod
    def of(cls, digits: SecretStr) -> Self:
        """The usual form, AAA-GG-SSSS."""
        number = digits.get_secret_value()
        return cls(ssn=f"{number[:3]}-{number[3:5]}-{number[5:]}")
