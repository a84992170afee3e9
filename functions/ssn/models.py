"""Models of requests, responses and stored records of the Social Security Service."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from functions.shared.plain.clock import Timestamp
from functions.shared.plain.json_schema import LINE
from functions.shared.plain.values import RequestBody, Text
from functions.ssn.consents import EXAMPLE, SsnConsent
from functions.ssn.numbers import ISSUABLE, issuable, words

_TIME = "2026-11-22T15:30:00.000Z"


def _example(**members: Any) -> ConfigDict:
    # 899-51-2046 was not issued while areas named states, until 2011.
    return ConfigDict(json_schema_extra={"examples": [members]})


class SubmittedSsn(RequestBody, hide_input_in_errors=True):
    """A social security number."""

    model_config = _example(ssn="899-51-2046")

    ssn: Annotated[
        SecretStr,
        AfterValidator(issuable),
        Field(
            description="Social security number, written AAA-GG-SSSS, AAAGGSSSS or AAA GG SSSS.",
            examples=["899-51-2046"],
            json_schema_extra={"pattern": ISSUABLE},
        ),
    ]


class SsnPurpose(StrEnum):
    """Purpose of a lookup or reveal."""

    TAX_REPORTING = "tax_reporting"  # 26 USC 6109(a)(3): a return contains the payee's number
    WAGE_REPORTING = "wage_reporting"  # 26 CFR 31.6051-1: so does a wage statement
    CUSTOMER_IDENTIFICATION = "customer_identification"  # 31 CFR 1020.220(a)(2)(i)(A)(4)
    CREDIT_APPLICATION = "credit_application"  # 15 USC 1681b(a)(3)(A)
    FRAUD_INVESTIGATION = "fraud_investigation"  # 15 USC 6802(e)(3)(B)
    LEGAL_ORDER = "legal_order"  # 15 USC 1681b(a)(1)
    CONSUMER_REQUEST = "consumer_request"  # 15 USC 1681g(a)(1)(A): the consumer requests the own file


class SsnVerification(SubmittedSsn):
    """A number to verify, with its holder's consent."""

    model_config = _example(ssn="899-51-2046", consent=EXAMPLE)

    consent: Annotated[SsnConsent, Field(description="Consent of the number holder.", examples=[EXAMPLE])]


class SsnVerificationResult(BaseModel):
    """Result of a verification. It does not show which digits differ."""

    match: Annotated[bool, Field(description="True if the number is the customer's.", examples=[True])]


class SsnLookup(SubmittedSsn):
    """A number whose customer is wanted."""

    model_config = _example(ssn="899-51-2046", purpose="fraud_investigation")

    purpose: Annotated[SsnPurpose, Field(description="Purpose, for the audit.", examples=["fraud_investigation"])]


class SsnLookupResult(BaseModel):
    """The customer with a number."""

    customer_id: Annotated[str, Field(description="Id of the customer.", examples=["cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"])]


class SsnRevealRequest(RequestBody):
    """Reason to reveal a number. The audit stores both members."""

    model_config = _example(purpose="tax_reporting", justification="Form 1099-INT of the tax year, batch 7")

    purpose: Annotated[SsnPurpose, Field(description="Purpose, for the audit.", examples=["tax_reporting"])]
    justification: Annotated[
        Text,
        StringConstraints(min_length=10, max_length=500),
        AfterValidator(words),
        Field(
            description="Reason in words, for the readers of the audit. It is stored encrypted, and deleted five years"
            " after the end of the year.",
            examples=["Form 1099-INT of the tax year, batch 7"],
            json_schema_extra={"pattern": LINE},
        ),
    ]


class SsnKind(StrEnum):
    """Kind of a number."""

    SSN = "ssn"


_Kind = Annotated[SsnKind, Field(description="Kind of the number.", examples=["ssn"])]


class Record(BaseModel):
    """Facts about a stored number that need no decryption."""

    kind: _Kind = SsnKind.SSN
    created_at: Annotated[
        Timestamp, Field(description="Time at which the customer's first number was stored.", examples=[_TIME])
    ]
    updated_at: Annotated[Timestamp, Field(description="Time at which this number was stored.", examples=[_TIME])]
    verified: Annotated[
        bool, Field(description="True if a verification has matched this number.", examples=[False])
    ] = False
    verified_at: Annotated[
        Timestamp | None, Field(description="Time of the first match; null before it.", examples=[None])
    ] = None
    version: Annotated[int, Field(description="Number of changes, from 1; the `ETag` contains it.", examples=[1])]

    @classmethod
    def create(cls, at: datetime) -> Self:
        """Return the record of a customer's first number."""
        return cls(created_at=at, updated_at=at, version=1)

    def replaced(self, at: datetime) -> "Record":
        """Return the record of the next number, which is not verified."""
        return Record(created_at=self.created_at, updated_at=at, version=self.version + 1)

    def confirmed(self, at: datetime) -> "Record":
        """Return the record after a verification that matched."""
        return self.model_copy(update={"verified": True, "verified_at": at, "version": self.version + 1})


class Masked(BaseModel):
    """Base class that makes the masked number the first member."""

    masked: Annotated[
        str,
        Field(description="The last four digits (15 USC 1681g(a)(1)(A)).", examples=["***-**-2046"]),
    ]


class MaskedSsn(Record, Masked):
    """A stored number, masked."""

    @classmethod
    def of(cls, record: Record, last4: SecretStr) -> Self:
        """Return a masked number with its record."""
        return cls(**record.model_dump(), masked=f"***-**-{last4.get_secret_value()}")


class RevealedSsn(BaseModel):
    """A full number. No other response contains one."""

    ssn: Annotated[str, Field(description="Social security number, written AAA-GG-SSSS.", examples=["899-51-2046"])]
    kind: _Kind = SsnKind.SSN

    @classmethod
    def of(cls, digits: SecretStr) -> Self:
        """Return a number in its usual form."""
        number = digits.get_secret_value()
        return cls(ssn=f"{number[:3]}-{number[3:5]}-{number[5:]}")
