"""Records that a law obliges the service to keep after an erasure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from functions.credit import examples, table
from functions.credit.inquiries import Inquiry
from functions.credit.models import CreditReport
from functions.credit.notices import AdverseActionNotice
from functions.credit.times import APPLICATION_LAW
from functions.shared.aws.items import members
from functions.shared.plain.clock import Timestamp
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page


class RetainedKind(StrEnum):
    """Kind of a retained record, as receipts of erasures name it."""

    INQUIRY = "inquiries"
    NOTICE = "adverse_action_notices"


class RetainedInquiry(Inquiry):
    """Inquiry, with the reports that it disclosed."""

    reports: list[CreditReport] = Field(
        description="Disclosed reports; without those that had expired before the erasure", examples=[[examples.REPORT]]
    )


class RetainedNotice(AdverseActionNotice):
    """Adverse-action notice, with the client that requested it."""

    drawn_up_by: Caller = Field(
        description="Client that requested the notice, and the person it acted for", examples=[examples.CALLER]
    )


class RetainedRecord(BaseModel):
    """Record of an erased credit file, with the law that requires it and the end of its retention."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RETAINED]})

    id: str = Field(description="Id of the inquiry or notice", examples=[examples.INQUIRY_ID])
    kind: RetainedKind = Field(description="Kind of the record", examples=["inquiries"])
    why: str = Field(description="Law that requires the record", examples=["12 CFR 1002.12(b)"])
    until: Timestamp = Field(description="Time at which the record is deleted", examples=[examples.RETAINED["until"]])
    inquiry: RetainedInquiry | None = Field(
        default=None, description="The inquiry; null for a notice", examples=[examples.RETAINED_INQUIRY]
    )
    notice: RetainedNotice | None = Field(
        default=None, description="The notice; null for an inquiry", examples=[examples.RETAINED_NOTICE]
    )

    @classmethod
    def of(cls, item: Mapping[str, Any], reports: Mapping[str, CreditReport], at: datetime) -> Self | None:
        """Return the record of an item of the file; None if no law requires it at a time.

        Args:
            item: of the credit files' table.
            reports: reports of the file by id, for inquiries that disclosed several.
            at: time of the erasure.
        """
        sort = item["sk"]["S"]
        record = None
        if sort.startswith(table.INQUIRY):
            record = cls._of_inquiry(members(item), reports)
        elif sort.startswith(table.NOTICE):
            record = cls._of_notice(members(item))
        return record if record is not None and record.until > at else None

    @classmethod
    def _of_inquiry(cls, stored: Mapping[str, Any], reports: Mapping[str, CreditReport]) -> Self:
        disclosed = (
            [stored["report"]]
            if "report" in stored
            else [reports[report_id] for report_id in stored["report_ids"] if report_id in reports]
        )
        inquiry = RetainedInquiry.model_validate({**stored, "reports": disclosed})
        return cls(
            id=inquiry.id, kind=RetainedKind.INQUIRY, why=inquiry.law, until=inquiry.obliged_until, inquiry=inquiry
        )

    @classmethod
    def _of_notice(cls, stored: Mapping[str, Any]) -> Self:
        notice = RetainedNotice.model_validate(stored)
        return cls(id=notice.id, kind=RetainedKind.NOTICE, why=APPLICATION_LAW, until=notice.expires_at, notice=notice)


class RetainedPage(Page[RetainedRecord]):
    """Page of the records that are retained after an erasure."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RETAINED_PAGE]})
