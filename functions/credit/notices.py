"""Content of an adverse-action notice (FCRA 615(a), 15 USC 1681m(a)), made from an inquiry."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from functions.credit import examples
from functions.credit.errors import NoticeIncomplete
from functions.credit.inquiries import ScoreInquiry
from functions.credit.models import CreditReport, ScoreRange, ScoreReason, UnscorableCause
from functions.credit.reference.agencies import AGENCIES, ReportingAgency
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.credit.times import NOTICE_KEPT
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.values import Form, RequestBody

InquiryId = Annotated[
    str, Form(r"^inq_[0-7][0-9A-HJKMNP-TV-Z]{25}$", "Send an inquiry's id, such as inq_01KGC3EG00TQ6Y1K3BG1Z6B4XV")
]


class AdverseActionRequest(RequestBody):
    """Request for the content of an adverse-action notice."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.NOTICE_REQUEST]})

    inquiry_id: InquiryId = Field(
        description="Id of the client's own inquiry that disclosed the score of the decision",
        examples=[examples.INQUIRY_ID],
    )


class ScoreUsed(BaseModel):
    """Score of the decision, with the facts that 15 USC 1681m(a)(2) and 1681g(f)(1) require."""

    score: int = Field(description="Score that the inquiry disclosed", examples=[712])
    range: ScoreRange = Field(description="Range of the model's scores", examples=[examples.RANGE])
    key_factors: list[ScoreReason] = Field(
        description="Reason codes with their texts, in order of impact", examples=[examples.REASONS]
    )
    scored_at: Timestamp = Field(
        description="Time at which the bureau calculated the score", examples=[examples.SCORED_AT]
    )
    bureau: Bureau = Field(description="Credit bureau that provided the score", examples=["experian"])
    model: ScoreModelName = Field(description="Family of the scoring model", examples=["fico"])
    model_version: str = Field(description="Version of the scoring model", examples=["8"])

    @classmethod
    def of(cls, report: CreditReport) -> Self | None:
        """Return the score of a report; None if it has none.

        Raises:
            NoticeIncomplete: the report has no reason codes, or a code's text is missing.
        """
        if report.score is None:
            return None
        factors = report.explained()
        unknown = [factor.code for factor in factors if factor.text is None]
        if unknown or not factors:
            raise NoticeIncomplete(_gap(report, unknown))
        return cls(**report.model_dump(include=set(cls.model_fields) - {"key_factors"}), key_factors=factors)


class NoticeStatement(BaseModel):
    """Statement to the consumer, with its legal source."""

    text: str = Field(description="Text of the statement", examples=[examples.DISPUTE["text"]])
    source: str = Field(description="Law that requires the statement", examples=[examples.DISPUTE["source"]])


class NoticeStatements(BaseModel):
    """Statements that a notice must contain."""

    decision: NoticeStatement = Field(description="The agency did not make the decision", examples=[examples.DECISION])
    free_report: NoticeStatement = Field(description="Right to a free report", examples=[examples.FREE_REPORT])
    dispute: NoticeStatement = Field(description="Right to dispute the report", examples=[examples.DISPUTE])


class AdverseActionNotice(BaseModel):
    """Content of an adverse-action notice. The sender adds its own name, the action and the date."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.NOTICE]})

    id: str = Field(description="Id of the notice", examples=[examples.NOTICE_ID])
    inquiry_id: str = Field(description="Id of the inquiry", examples=[examples.INQUIRY_ID])
    customer_id: str = Field(description="Id of the customer", examples=[examples.CUSTOMER_ID])
    purpose: CreditPurpose = Field(description="Purpose of the inquiry", examples=["credit_extension"])
    inquired_at: Timestamp = Field(description="Time of the inquiry", examples=[examples.INQUIRED_AT])
    drawn_up_at: Timestamp = Field(description="Time of this response", examples=[examples.NOTICE["drawn_up_at"]])
    score: ScoreUsed | None = Field(
        default=None, description="Score of the decision; null if the report had none", examples=[examples.SCORE_USED]
    )
    unscorable: UnscorableCause | None = Field(
        default=None, description="Cause of a missing score; null if `score` has a value", examples=["too_thin"]
    )
    agency: ReportingAgency = Field(description="Agency that provided the report", examples=[examples.AGENCY])
    statements: NoticeStatements = Field(
        description="Statements that the notice must contain", examples=[examples.STATEMENTS]
    )

    @classmethod
    def of(cls, inquiry: ScoreInquiry, at: datetime) -> Self:
        """Return the content of a notice for an inquiry.

        Raises:
            NoticeIncomplete: see `ScoreUsed.of`.
        """
        agency = AGENCIES[inquiry.report.bureau]
        return cls(
            **inquiry.model_dump(include={"customer_id", "purpose", "inquired_at"}),
            id=new_id("ntc", at),
            inquiry_id=inquiry.id,
            drawn_up_at=at,
            score=ScoreUsed.of(inquiry.report),
            unscorable=inquiry.report.unscorable,
            agency=agency,
            statements=_statements(agency.name),
        )

    @property
    def expires_at(self) -> datetime:
        """Return the time from which the notice is no longer kept."""
        return NOTICE_KEPT.end(self.drawn_up_at)


def _gap(report: CreditReport, unknown: list[str]) -> str:
    if not unknown:
        return "Record a report with reason codes, and make a new inquiry."
    model = f"{report.model} {report.model_version} of {report.bureau}"
    return f"No text is available for {', '.join(unknown)} of {model}. Use the bureau's list."


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
