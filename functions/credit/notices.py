"""What a notice of adverse action says (FCRA 615(a), 15 USC 1681m(a)), from the inquiry that pins the score."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict

from functions.credit.errors import NoticeIncomplete
from functions.credit.inquiries import ScoreInquiry
from functions.credit.models import CreditReport, ScoreRange, ScoreReason, UnscorableCause
from functions.credit.reference.agencies import AGENCIES, ReportingAgency
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.shared.clock import Timestamp
from functions.shared.values import Form, RequestBody

InquiryId = Annotated[
    str, Form(r"^inq_[0-7][0-9A-HJKMNP-TV-Z]{25}$", "Send an inquiry's id, such as inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV")
]


class AdverseActionRequest(RequestBody):
    """An adverse action as its taker asks for the notice: by the inquiry whose score it rests on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"inquiry_id": "inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV"}]})

    inquiry_id: InquiryId


class ScoreUsed(BaseModel):
    """The score, as 15 USC 1681m(a)(2) and 1681g(f)(1) want it told: with its range, key factors, date and provider."""

    score: int
    range: ScoreRange
    key_factors: list[ScoreReason]
    scored_at: Timestamp
    bureau: Bureau
    model: ScoreModelName
    model_version: str

    @classmethod
    def of(cls, report: CreditReport) -> Self | None:
        """The score of a report; None where it has none, and so none was used.

        Raises:
            NoticeIncomplete: a key factor is missing, or what it means.
        """
        if report.score is None:
            return None
        factors = report.explained()
        unknown = [factor.code for factor in factors if factor.text is None]
        if unknown or not factors:
            raise NoticeIncomplete(_lacking(report, unknown))
        return cls(**report.model_dump(include=set(cls.model_fields) - {"key_factors"}), key_factors=factors)


class NoticeStatement(BaseModel):
    """What the consumer must be told, and the law that says so."""

    text: str
    source: str


class NoticeStatements(BaseModel):
    """What the consumer must be told beside the score."""

    decision: NoticeStatement
    free_report: NoticeStatement
    dispute: NoticeStatement


class AdverseActionNotice(BaseModel):
    """The content of a notice; who takes the action adds its own name, the action and the date."""

    inquiry_id: str
    customer_id: str
    purpose: CreditPurpose
    inquired_at: Timestamp
    drawn_up_at: Timestamp
    score: ScoreUsed | None
    unscorable: UnscorableCause | None
    agency: ReportingAgency
    statements: NoticeStatements

    @classmethod
    def of(cls, inquiry: ScoreInquiry, at: datetime) -> Self:
        """The content of a notice for an inquiry.

        Raises:
            NoticeIncomplete: see `ScoreUsed.of`.
        """
        agency = AGENCIES[inquiry.report.bureau]
        return cls(
            **inquiry.model_dump(include={"customer_id", "purpose", "inquired_at"}),
            inquiry_id=inquiry.id,
            drawn_up_at=at,
            score=ScoreUsed.of(inquiry.report),
            unscorable=inquiry.report.unscorable,
            agency=agency,
            statements=_statements(agency.name),
        )


def _lacking(report: CreditReport, unknown: list[str]) -> str:
    if not unknown:
        return "The report was recorded without reason codes, and a notice names the key factors."
    codes = ", ".join(unknown)
    return f"What {codes} means in {report.model} {report.model_version} of {report.bureau} is not held here."


def _statements(agency: str) -> NoticeStatements:
    return NoticeStatements(
        decision=NoticeStatement(
            text=f"{agency} did not take this decision and cannot tell you why it was taken.",
            source="15 USC 1681m(a)(3)(B)",
        ),
        free_report=NoticeStatement(
            text=f"{agency} gives you a free copy of your credit report if you ask for it within 60 days after you "
            "receive this notice.",
            source="15 USC 1681m(a)(4)(A) and 1681j(b)",
        ),
        dispute=NoticeStatement(
            text=f"If your report is inaccurate or incomplete, you have the right to dispute it with {agency}.",
            source="15 USC 1681m(a)(4)(B) and 1681i",
        ),
    )
