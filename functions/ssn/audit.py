"""Models of the audit: who did what, and why. chain.py makes entries tamper-evident."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from functions.shared.plain.clock import Timestamp
from functions.shared.plain.problems import MalformedHeader
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page
from functions.ssn.consents import SsnConsentRevocation, StoredSsnConsent
from functions.ssn.numbers import id_holds_ssn


class SsnAuditAction(StrEnum):
    """Audited operations. Reading a masked number is not audited."""

    STORE = "store"
    REPLACE = "replace"
    ERASE = "erase"
    VERIFY = "verify"
    LOOKUP = "lookup"
    REVEAL = "reveal"
    REINDEX = "reindex"
    RESEAL = "reseal"
    REVOKE_CONSENT = "revoke_consent"
    EXPORT = "export"


class SsnAuditOutcome(StrEnum):
    """Result of an audited operation."""

    DONE = "done"
    MATCH = "match"
    NO_MATCH = "no_match"
    CONFLICT = "conflict"


class Requester(Caller):
    """The client of a request, and the person that it acts for."""

    client_id: Annotated[str, Field(description="Client that sent the request.", examples=["5q2v0example7client1id"])]
    actor: Annotated[
        str | None,
        Field(description="Opaque id of the person for whom the client acted.", examples=["usr_0001"]),
    ] = None
    request_id: Annotated[
        str,
        Field(
            description="Id of the request, as in its `Dossier-Request-Id` header.",
            examples=["JKJaXmPLvHcESHA="],
        ),
    ]

    @classmethod
    def of(cls, caller: Caller, request_id: str) -> "Requester":
        """Return the requester of a request.

        Raises:
            MalformedHeader: the actor's id contains a number. Audit entries store it in the clear.
        """
        if caller.actor is not None and id_holds_ssn(caller.actor):
            raise MalformedHeader("Send an opaque id as Dossier-Actor. It must not contain a person's number.")
        return cls(**caller.model_dump(), request_id=request_id)

    def act(self, action: SsnAuditAction, **details: Any) -> "Act":
        """Return an operation of this requester; `details` are members of `Act`."""
        return Act(**self.model_dump(), action=action, **details)


class SsnJustificationMissing(StrEnum):
    """Reason why the text of a justification is missing."""

    RETENTION_ENDED = "retention_ended"
    UNREADABLE = "unreadable"


class SealedJustification(BaseModel, extra="forbid"):
    """An encrypted justification, see justifications.py."""

    year: int
    ciphertext: str


_Outcome = Annotated[
    SsnAuditOutcome,
    Field(
        description="Result: `match` or `no_match` for a comparison, `conflict` if another customer has the number, and"
        " `done` otherwise.",
        examples=["done"],
    ),
]


class Reason(BaseModel):
    """An operation on a number, its result and its reason."""

    action: Annotated[SsnAuditAction, Field(description="What was done.", examples=["reveal"])]
    outcome: _Outcome = SsnAuditOutcome.DONE
    purpose: Annotated[
        str | None,
        Field(
            description="Purpose of a lookup, a reveal or a verification; for `reindex` and `reseal`, what changed.",
            examples=["tax_reporting"],
        ),
    ] = None
    justification: Annotated[
        str | None,
        Field(
            description="Justification of a reveal. It can be read until five years after the end of its year"
            " (15 USC 1681p).",
            examples=["Form 1099-INT of the tax year, batch 7"],
        ),
    ] = None
    consent: Annotated[
        StoredSsnConsent | None,
        Field(description="Consent that a verification used."),
    ] = None
    revoked: Annotated[
        SsnConsentRevocation | None,
        Field(description="Consent that a `revoke_consent` revoked."),
    ] = None
    reference: Annotated[
        str | None,
        Field(
            description="Id of the erasure that an `erase` is part of, or of the subject's request for an `export`.",
            examples=["req_01JD8Z4Q7X9V5T3R1N0M2K4H6G"],
        ),
    ] = None


class Operation(Reason, Requester):
    """An operation with its requester."""


class Act(Operation):
    """An operation as it is stored. Entries of release 0.1.0 have `justification` in the clear."""

    sealed_justification: SealedJustification | None = None


class Chained(BaseModel):
    """Place of an entry in the customer's audit chain."""

    sequence: Annotated[int, Field(description="Place in the chain, from 1.", examples=[4])]
    at: Annotated[
        Timestamp, Field(description="Time at which the entry was written.", examples=["2026-11-22T15:30:00.000Z"])
    ]
    outcome: _Outcome  # No default here: an entry without its outcome was changed.
    previous: Annotated[
        str,
        Field(description="`hash` of the previous entry; zeros for the first one.", examples=["9b74c9897bac770f" * 4]),
    ]
    hash: Annotated[
        str, Field(description="Keyed hash of this entry and the previous one.", examples=["3f7ad1c05b28e964" * 4])
    ] = ""


class StoredEntry(Chained, Act, extra="forbid"):
    """An audit entry as it is stored."""


class SsnAuditEntry(Chained, Operation, extra="forbid"):
    """An operation and its place in the customer's audit chain."""

    justification_missing: Annotated[
        SsnJustificationMissing | None,
        Field(
            description="Reason why `justification` is null although there was one: `retention_ended` after its"
            " retention, `unreadable` if its key or ciphertext was lost or changed.",
            examples=[None],
        ),
    ] = None


class SsnAuditPage(Page[SsnAuditEntry]):
    """A page of a customer's audit, newest entry first."""

    verified: Annotated[
        bool,
        Field(
            description="True if no entry of the page is missing or changed, and it continues the previous page.",
            examples=[True],
        ),
    ]
