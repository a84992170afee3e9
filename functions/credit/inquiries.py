"""Inquiries: records of disclosures from a credit file."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.credit import examples
from functions.credit.history import History, HistoryQuery, SummarisedScores
from functions.credit.models import CreditReport, Identity, ScoreReason
from functions.credit.reference.purposes import HARD_KEPT, LAWS, RULES, CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.values import RequestBody, member_error
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page


class InquiryKind(StrEnum):
    """Visibility of an inquiry. Other lenders can see a hard one, only the consumer a soft one."""

    HARD = "hard"
    SOFT = "soft"


class Question(Protocol):
    """Purpose, bureau and model of a request. None means any."""

    @property
    def purpose(self) -> CreditPurpose: ...  # noqa: D102
    @property
    def bureau(self) -> Bureau | None: ...  # noqa: D102
    @property
    def model(self) -> ScoreModelName | None: ...  # noqa: D102


class NewInquiry(RequestBody):
    """Inquiry as a client makes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": InquiryKind.HARD}}},
            "then": {"properties": {"purpose": {"enum": [purpose for purpose, rules in RULES.items() if rules.hard]}}},
            "examples": [examples.NEW_INQUIRY],
        }
    )

    kind: InquiryKind = Field(
        description="Kind of the inquiry. `hard` is allowed for some purposes and needs Idempotency-Key",
        examples=["hard"],
    )
    purpose: CreditPurpose = Field(
        description="Permissible purpose (15 USC 1681b) that the client certifies for this request",
        examples=["credit_extension"],
    )
    bureau: Bureau = Field(description="Credit bureau whose report is disclosed", examples=["experian"])
    model: ScoreModelName = Field(description="Family of the scoring model", examples=["fico"])

    @model_validator(mode="after")
    def _may_be_hard(self) -> Self:
        if self.kind is InquiryKind.HARD and not RULES[self.purpose].hard:
            may = ", ".join(purpose for purpose, rules in RULES.items() if rules.hard)
            raise member_error("purpose", "soft_purpose", "For a hard inquiry, send one of {may}", may=may)
        return self


class Inquiry(Identity):
    """Record of a disclosure. It contains the ids of the disclosed reports, but no score."""

    id: str = Field(description="Id of the inquiry", examples=[examples.INQUIRY_ID])
    kind: InquiryKind = Field(description="Kind of the inquiry", examples=["hard"])
    purpose: CreditPurpose = Field(description="Purpose that the client certified", examples=["credit_extension"])
    bureau: Bureau | None = Field(
        default=None, description="Credit bureau of the request; null for all bureaus", examples=["experian"]
    )
    model: ScoreModelName | None = Field(
        default=None, description="Family of scoring models of the request; null for all", examples=["fico"]
    )
    caller: Caller = Field(
        description="Client that received the disclosure, and the person it acted for", examples=[examples.CALLER]
    )
    inquired_at: Timestamp = Field(description="Time of the disclosure", examples=[examples.INQUIRED_AT])
    report_ids: list[str] = Field(description="Ids of the disclosed reports", examples=[[examples.REPORT_ID]])
    summarised: SummarisedScores | None = Field(
        default=None, description="Scores of the disclosed summary; null without one", examples=[examples.SUMMARISED]
    )

    @classmethod
    def of_history(cls, customer_id: str, query: HistoryQuery, history: History, caller: Caller, at: datetime) -> Self:
        """Return the soft inquiry for a page of the history. Its id sorts by time."""
        return cls(
            **_common(customer_id, query, InquiryKind.SOFT, caller, at),
            report_ids=[report.id for report in history.reports],
            summarised=history.summary
            and SummarisedScores(**history.summary.model_dump(include=set(SummarisedScores.model_fields))),
        )

    @property
    def expires_at(self) -> datetime:
        """Return the time from which the inquiry is no longer listed."""
        end = self.obliged_until
        return max(end, HARD_KEPT.end(self.inquired_at)) if self.kind is InquiryKind.HARD else end

    @property
    def obliged_until(self) -> datetime:
        """Return the time until which a law obliges the service to keep the inquiry, also after an erasure."""
        return RULES[self.purpose].kept.end(self.inquired_at)

    @property
    def law(self) -> str:
        """Return the law that obliges the service to keep the inquiry."""
        return LAWS[RULES[self.purpose].kept]


class ScoreInquiry(Inquiry):
    """Record of the disclosure of one score, with the disclosed report."""

    report: CreditReport

    @classmethod
    def of(cls, question: Question, kind: InquiryKind, report: CreditReport, caller: Caller, at: datetime) -> Self:
        """Return a new inquiry. Its id sorts by time."""
        common = _common(report.customer_id, question, kind, caller, at)
        return cls(**common, report_ids=[report.id], report=report)


class DisclosedScore(CreditReport):
    """Credit report as it is disclosed, with the id of the inquiry that the request recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DISCLOSED_SCORE, examples.DISCLOSED_UNSCORABLE]})

    reasons: list[ScoreReason] = Field(
        description="Reason codes with their texts, in order of impact", examples=[examples.REASONS]
    )
    age_days: int = Field(description="Whole days since `scored_at`", examples=[3])
    inquiry_id: str = Field(description="Id of the recorded inquiry", examples=[examples.INQUIRY_ID])

    @classmethod
    def of(cls, inquiry: ScoreInquiry) -> Self:
        """Return the score that an inquiry discloses."""
        report = inquiry.report
        # The report's time may come from a clock that is ahead.
        age = max(0, (inquiry.inquired_at - report.scored_at).days)
        return cls(**report.model_dump(), reasons=report.explained(), age_days=age, inquiry_id=inquiry.id)


class InquiryResult(BaseModel):
    """Inquiry, and the score that it disclosed."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INQUIRY_RESULT]})

    inquiry: Inquiry = Field(description="Recorded inquiry", examples=[examples.INQUIRY])
    score: DisclosedScore = Field(description="Disclosed score", examples=[examples.DISCLOSED_SCORE])

    @classmethod
    def of(cls, inquiry: ScoreInquiry) -> Self:
        """Return the response to an inquiry."""
        return cls(inquiry=Inquiry(**inquiry.model_dump(exclude={"report"})), score=DisclosedScore.of(inquiry))


class InquiryPage(Page[Inquiry]):
    """Page of the inquiries into a credit file, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INQUIRY_PAGE]})


def _common(customer_id: str, question: Question, kind: InquiryKind, caller: Caller, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id("inq", at),
        "customer_id": customer_id,
        "kind": kind,
        "purpose": question.purpose,
        "bureau": question.bureau,
        "model": question.model,
        "caller": caller,
        "inquired_at": at,
    }
