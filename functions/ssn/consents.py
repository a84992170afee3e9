"""Models of number holders' consents to verifications."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from functions.shared.plain.clock import PastTime, Timestamp
from functions.shared.plain.values import Form, RequestBody
from functions.shared.requests.pages import Page
from functions.ssn.numbers import opaque_id

# SSA, eCBSV User Agreement: a written consent is valid for 90 days, once. https://www.ssa.gov/dataexchange/eCBSV/
CONSENT_LIFETIME = timedelta(days=90)


class SsnConsentPurpose(StrEnum):
    """Purpose of a verification to which the number holder consents.

    Source: Public Law 115-174, section 215: a credit transaction, or a circumstance of 15 USC 1681b.
    """

    CREDIT_TRANSACTION = "credit_transaction"
    ACCOUNT_REVIEW = "account_review"
    EMPLOYMENT = "employment"
    INSURANCE_UNDERWRITING = "insurance_underwriting"
    BUSINESS_TRANSACTION = "business_transaction"


class SsnConsentMethod(StrEnum):
    """Form of a consent."""

    WRITTEN = "written"
    ELECTRONIC = "electronic"


EXAMPLE: JsonDict = {
    "consent_id": "consent-2026-000117",
    "given_at": "2026-11-20T09:30:00.000Z",
    "purpose": "credit_transaction",
    "method": "electronic",
}


_CLIENT = "5q2v0example7client1id"
_USE: JsonDict = {**EXAMPLE, "client_id": _CLIENT, "used_at": "2026-11-22T15:30:00.000Z"}
_REVOCATION: JsonDict = {"client_id": _CLIENT, "consent_id": "consent-2026-000117"}

# An id that is stored in the clear.
OpaqueId = Annotated[
    str,
    Form(r"^[!-~]{1,128}$", "Send 1 to 128 printable ASCII characters without spaces, such as consent-2026-000117"),
    AfterValidator(opaque_id),
]


class StoredSsnConsent(BaseModel, extra="forbid"):
    """A consent in an audit entry. The rules of `SsnConsent` apply only to new consents."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    consent_id: Annotated[str, Field(description="The client's id of the consent.", examples=["consent-2026-000117"])]
    given_at: Annotated[
        Timestamp,
        Field(description="Time at which the holder consented.", examples=["2026-11-20T09:30:00.000Z"]),
    ]
    purpose: Annotated[
        SsnConsentPurpose, Field(description="Purpose to which the holder consented.", examples=["credit_transaction"])
    ]
    method: Annotated[SsnConsentMethod, Field(description="Form of the consent.", examples=["electronic"])]


class SsnConsent(StoredSsnConsent, RequestBody):
    """A number holder's consent to one verification, as the client attests it."""

    consent_id: Annotated[
        OpaqueId,
        Field(
            description="The client's id of the consent. It is valid for one verification. It is stored in the clear.",
            examples=["consent-2026-000117"],
        ),
    ]
    given_at: Annotated[
        PastTime,
        Field(
            description=f"Time at which the number holder consented, at most {CONSENT_LIFETIME.days} days ago.",
            examples=["2026-11-20T09:30:00.000Z"],
        ),
    ]

    def valid(self, at: datetime) -> bool:
        """Return True if the consent was given at most `CONSENT_LIFETIME` ago."""
        return at - CONSENT_LIFETIME <= self.given_at


class SsnConsentUse(StoredSsnConsent):
    """A used consent of a customer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_USE]})

    client_id: Annotated[str, Field(description="Client that used the consent.", examples=[_CLIENT])]
    used_at: Annotated[Timestamp, Field(description="Time of the use.", examples=["2026-11-22T15:30:00.000Z"])]


class SsnConsentPage(Page[SsnConsentUse]):
    """A page of a customer's used consents, newest first."""


class SsnConsentRevocation(RequestBody):
    """A consent that its holder has revoked."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REVOCATION]})

    client_id: Annotated[OpaqueId, Field(description="Client that received the consent.", examples=[_CLIENT])]
    consent_id: Annotated[
        OpaqueId, Field(description="The client's id of the consent.", examples=["consent-2026-000117"])
    ]
