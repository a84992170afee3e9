"""Models of a subject's export: everything that this service holds about a customer."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field

from functions.shared.plain.clock import Timestamp
from functions.shared.requests.pages import Page, PageQuery
from functions.ssn.audit import Reason, SsnAuditAction, SsnAuditEntry, SsnAuditOutcome, SsnJustificationMissing
from functions.ssn.consents import OpaqueId
from functions.ssn.justifications import RETENTION_YEARS
from functions.ssn.models import MaskedSsn


class SsnExportQuery(PageQuery):
    """Selection of a page of an export."""

    reference: Annotated[
        OpaqueId,
        Field(
            description="Id of the subject's request that the export answers. It is stored in the audit in the clear.",
            examples=["req_01JD8Z4Q7X9V5T3R1N0M2K4H6G"],
        ),
    ]


class SsnReceived(StrEnum):
    """Data that a client received."""

    FULL_NUMBER = "full_number"
    COMPARISON = "comparison"
    CUSTOMER_ID = "customer_id"
    EXPORT = "export"


_RECEIVED = {
    SsnAuditAction.REVEAL: SsnReceived.FULL_NUMBER,
    SsnAuditAction.LOOKUP: SsnReceived.CUSTOMER_ID,
    SsnAuditAction.EXPORT: SsnReceived.EXPORT,
}


class SsnExportItem(Reason):
    """An operation on the subject's number: who did or received what, when and for what.

    It names the organisation's client, not its employee (15 USC 1681g(a)(3)).
    """

    at: Annotated[Timestamp, Field(description="Time of the operation.", examples=["2026-11-22T15:30:00.000Z"])]
    client_id: Annotated[
        str,
        Field(description="Client of the organisation that did it or received the data.", examples=["5q2v0example7"]),
    ]
    received: Annotated[
        SsnReceived | None,
        Field(description="Data that the client received; null if it received none.", examples=["full_number"]),
    ]
    justification_missing: Annotated[
        SsnJustificationMissing | None,
        Field(description="Reason why `justification` is null although there was one.", examples=[None]),
    ]

    @classmethod
    def of(cls, entry: SsnAuditEntry) -> Self:
        """Return the item of an audit entry."""
        compared = entry.outcome in {SsnAuditOutcome.MATCH, SsnAuditOutcome.NO_MATCH}
        received = SsnReceived.COMPARISON if compared else _RECEIVED.get(entry.action)
        return cls(**entry.model_dump(include=set(cls.model_fields)), received=received)


class SsnExportSection(BaseModel):
    """A kind of data in the export, with the law under which it is given."""

    name: Annotated[str, Field(description="Member of the export that contains the data.", examples=["number"])]
    purpose: Annotated[str, Field(description="Purpose for which the data is held.", examples=["Identification"])]
    retention: Annotated[str, Field(description="How long the data is held.", examples=["Until the erasure"])]
    law: Annotated[str, Field(description="Law under which the data is given.", examples=["15 USC 1681g(a)(1)(A)"])]


_FILE = "15 USC 1681g(a)"
SECTIONS = [
    SsnExportSection(
        name="number",
        purpose="Identification of the customer. Each item names the purpose of its use.",
        retention="Until the erasure.",
        law=f"{_FILE}(1)(A): the consumer's file, with a truncated number",
    ),
    SsnExportSection(
        name="items",
        purpose="Record of who stored, compared and received the number, and of the consents (16 CFR 314.4(c)(8)).",
        retention="No end is fixed, also after the erasure. Justifications: until"
        f" {RETENTION_YEARS} years after the end of their year (15 USC 1681p).",
        law=f"{_FILE}(3): recipients; Regulation (EU) 2016/679, Article 15(1)(c)",
    ),
]


class SsnExportPage(Page[SsnExportItem]):
    """A page of an export, newest item first. Items `store` and `replace` name who recorded the number."""

    customer_id: Annotated[str, Field(description="Id of the customer.", examples=["cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G"])]
    number: Annotated[
        MaskedSsn | None,
        Field(
            description="The stored number, masked to its last four digits. Null if none is stored, and after page 1."
        ),
    ]
    sections: Annotated[list[SsnExportSection], Field(description="Purpose, retention and law of each kind of data.")]
    verified: Annotated[
        bool, Field(description="True if no item of the page is missing or was changed.", examples=[True])
    ]
