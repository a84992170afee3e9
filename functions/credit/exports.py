"""Exports: everything that the service holds about a consumer, with its origin, recipients and retention."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from functions.credit import examples
from functions.credit.freezes import SecurityFreeze
from functions.credit.inquiries import Inquiry
from functions.credit.models import CreditReport
from functions.credit.notices import AdverseActionNotice
from functions.credit.reference.disclosures import BASES, ExportKind
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.times import EXPORT_KEPT
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.values import Form
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page, PageQuery

# Texts without a letter could be numbers of people.
Reference = Annotated[
    str,
    Form(
        r"^(?=.*[A-Za-z])[A-Za-z0-9_.:-]{1,64}$",
        "Send the id of the consumer's request: up to 64 letters, digits and _ . : - with at least one letter",
    ),
]


class ExportQuery(PageQuery):
    """Query for a page of an export."""

    reference: Reference = Field(
        description="Id of the consumer's request that the export responds to", examples=[examples.REFERENCE]
    )


class ExportRecord(BaseModel):
    """Record of an exported page."""

    id: str = Field(description="Id of the exported page", examples=[examples.EXPORT_ID])
    reference: str = Field(description="Id of the consumer's request", examples=[examples.REFERENCE])
    exported_at: Timestamp = Field(description="Time of the export", examples=[examples.EXPORT["exported_at"]])
    records: int = Field(description="Number of records on the page", examples=[20])

    @property
    def expires_at(self) -> datetime:
        """Return the time from which the record is no longer kept."""
        return EXPORT_KEPT.end(self.exported_at)


class FreezeVersion(BaseModel):
    """Version of the security freeze."""

    version: int = Field(description="Version of the freeze", examples=[1])
    freeze: SecurityFreeze | None = Field(
        default=None, description="Freeze in this version; null if it was lifted", examples=[examples.FREEZE]
    )


class Recipient(BaseModel):
    """Organisation that received data of the consumer (15 USC 1681g(a)(3))."""

    client_id: str = Field(description="Client of the organisation", examples=[examples.CALLER["client_id"]])
    received_at: Timestamp = Field(description="Time of the disclosure", examples=[examples.INQUIRED_AT])
    purpose: CreditPurpose = Field(description="Purpose of the disclosure", examples=["credit_extension"])
    report_ids: list[str] = Field(
        default=[], description="Ids of the disclosed reports", examples=[[examples.REPORT_ID]]
    )


class ExportedRecord(BaseModel):
    """Record of the consumer's file, with its origin, purpose, recipients, retention and law.

    The member that is named after the kind contains the record. The others of these members are null.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.EXPORTED]})

    kind: ExportKind = Field(description="Kind of the record", examples=["inquiry"])
    recorded_by: str | None = Field(
        description="Client that recorded it; null if this is not stored", examples=[examples.CALLER["client_id"]]
    )
    recorded_at: Timestamp = Field(description="Time at which it was recorded", examples=[examples.INQUIRED_AT])
    purpose: str = Field(description="Why the service holds it", examples=[examples.EXPORTED["purpose"]])
    recipients: list[Recipient] = Field(
        description="Organisations that received it, or that received reports by it",
        examples=[examples.EXPORTED["recipients"]],
    )
    retention: str = Field(description="How long the service keeps it", examples=[examples.EXPORTED["retention"]])
    retained_until: Timestamp | None = Field(
        description="Time at which it is deleted; null without a date", examples=[examples.EXPORTED["retained_until"]]
    )
    law: str = Field(description="Law under which the consumer receives it", examples=["15 USC 1681g(a)(3)"])
    report: CreditReport | None = Field(default=None, description="The report", examples=[examples.REPORT])
    freeze: FreezeVersion | None = Field(
        default=None, description="The version of the freeze", examples=[examples.FREEZE_VERSION]
    )
    inquiry: Inquiry | None = Field(
        default=None,
        description="The inquiry, without the client's `actor`",
        examples=[examples.INQUIRY],
    )
    adverse_action_notice: AdverseActionNotice | None = Field(
        default=None, description="The notice", examples=[examples.NOTICE]
    )
    export: ExportRecord | None = Field(default=None, description="An earlier export", examples=[examples.EXPORT])

    @classmethod
    def of(cls, kind: ExportKind, stored: Mapping[str, Any]) -> Self:
        """Return the record of a kind from the members of its item."""
        return cls(kind=kind, **BASES[kind]._asdict(), **_DETAILS[kind](stored))


class ExportPage(Page[ExportedRecord]):
    """Page of an export, with the id under which it is recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.EXPORT_PAGE]})

    export_id: str = Field(description="Id of this page in later exports", examples=[examples.EXPORT_ID])


Stored = Mapping[str, Any]


def _report(stored: Stored) -> dict[str, Any]:
    report = CreditReport.model_validate(stored)
    return {
        "report": report,
        "recorded_by": stored.get("recorded_by", {}).get("client_id"),
        "recorded_at": report.recorded_at,
        "recipients": [],
        "retained_until": report.expires_at,
    }


def _freeze(stored: Stored) -> dict[str, Any]:
    freeze = SecurityFreeze.model_validate(stored) if "updated_at" in stored else None
    return {
        "freeze": FreezeVersion(version=stored["version"], freeze=freeze),
        "recorded_by": stored["changed_by"]["client_id"],
        "recorded_at": stored["changed_at"],
        "recipients": [],
        "retained_until": None,
    }


def _inquiry(stored: Stored) -> dict[str, Any]:
    inquiry = Inquiry.model_validate(stored)
    client_id, at = inquiry.caller.client_id, inquiry.inquired_at
    # The consumer's copy names the organisation, not its employee (15 USC 1681g(a)(3), CJEU C-579/21).
    return {
        "inquiry": inquiry.model_copy(update={"caller": Caller(client_id=client_id)}),
        "recorded_by": client_id,
        "recorded_at": at,
        "recipients": [
            Recipient(client_id=client_id, received_at=at, purpose=inquiry.purpose, report_ids=inquiry.report_ids)
        ],
        "retained_until": inquiry.expires_at,
    }


def _notice(stored: Stored) -> dict[str, Any]:
    notice = AdverseActionNotice.model_validate(stored)
    client_id, at = stored["drawn_up_by"]["client_id"], notice.drawn_up_at
    return {
        "adverse_action_notice": notice,
        "recorded_by": client_id,
        "recorded_at": at,
        "recipients": [Recipient(client_id=client_id, received_at=at, purpose=notice.purpose)],
        "retained_until": notice.expires_at,
    }


def _export(stored: Stored) -> dict[str, Any]:
    export = ExportRecord.model_validate(stored)
    client_id, at = stored["exported_by"]["client_id"], export.exported_at
    return {
        "export": export,
        "recorded_by": client_id,
        "recorded_at": at,
        "recipients": [Recipient(client_id=client_id, received_at=at, purpose=CreditPurpose.CONSUMER_COPY)],
        "retained_until": export.expires_at,
    }


_DETAILS: dict[ExportKind, Callable[[Stored], dict[str, Any]]] = {
    ExportKind.REPORT: _report,
    ExportKind.FREEZE: _freeze,
    ExportKind.INQUIRY: _inquiry,
    ExportKind.NOTICE: _notice,
    ExportKind.EXPORT: _export,
}
