"""Inquiries: that somebody was told of a credit file, who, when, for what, and what was disclosed."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, model_validator

from functions.credit.history import History, HistoryQuery, SummarisedScores
from functions.credit.models import CreditReport, Identity, ScoreReason
from functions.credit.reference.purposes import HARD_KEPT, RULES, CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.shared.caller import Caller
from functions.shared.clock import Timestamp
from functions.shared.ids import new_id
from functions.shared.pages import Page
from functions.shared.values import RequestBody, member_error


class InquiryKind(StrEnum):
    """Whom an inquiry is shown to: other lenders see a hard one, the consumer alone a soft one."""

    HARD = "hard"
    SOFT = "soft"


class Question(Protocol):
    """What somebody wants to know: for what, and of which bureau and model, None for any."""

    @property
    def purpose(self) -> CreditPurpose: ...  # noqa: D102
    @property
    def bureau(self) -> Bureau | None: ...  # noqa: D102
    @property
    def model(self) -> ScoreModelName | None: ...  # noqa: D102


class NewInquiry(RequestBody):
    """An inquiry as a client makes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": InquiryKind.HARD}}},
            "then": {"properties": {"purpose": {"enum": [purpose for purpose, rules in RULES.items() if rules.hard]}}},
            "examples": [{"kind": "hard", "purpose": "credit_extension", "bureau": "experian", "model": "fico"}],
        }
    )

    kind: InquiryKind
    purpose: CreditPurpose
    bureau: Bureau
    model: ScoreModelName

    @model_validator(mode="after")
    def _may_be_hard(self) -> Self:
        if self.kind is InquiryKind.HARD and not RULES[self.purpose].hard:
            may = ", ".join(purpose for purpose, rules in RULES.items() if rules.hard)
            raise member_error("purpose", "soft_purpose", "For a hard inquiry, send one of {may}", may=may)
        return self


class Inquiry(Identity):
    """An inquiry without what it disclosed, but for which reports those were, and what a summary was made of."""

    kind: InquiryKind
    purpose: CreditPurpose
    bureau: Bureau | None = None
    model: ScoreModelName | None = None
    caller: Caller
    inquired_at: Timestamp
    report_ids: list[str]
    summarised: SummarisedScores | None = None

    @classmethod
    def of_history(cls, customer_id: str, query: HistoryQuery, told: History, caller: Caller, at: datetime) -> Self:
        """The soft inquiry that a page of the history leaves behind; its id sorts by time."""
        return cls(
            **_asked(customer_id, query, InquiryKind.SOFT, caller, at),
            report_ids=[report.id for report in told.reports],
            summarised=told.summary
            and SummarisedScores(**told.summary.model_dump(include=set(SummarisedScores.model_fields))),
        )

    @property
    def expires_at(self) -> datetime:
        """When it is no longer kept, nor shown."""
        end = RULES[self.purpose].kept.end(self.inquired_at)
        return max(end, HARD_KEPT.end(self.inquired_at)) if self.kind is InquiryKind.HARD else end


class ScoreInquiry(Inquiry):
    """An inquiry that disclosed one score, with the report as it was disclosed."""

    report: CreditReport

    @classmethod
    def of(cls, question: Question, kind: InquiryKind, report: CreditReport, caller: Caller, at: datetime) -> Self:
        """A new inquiry; its id sorts by time."""
        asked = _asked(report.customer_id, question, kind, caller, at)
        return cls(**asked, report_ids=[report.id], report=report)


class DisclosedScore(CreditReport):
    """A score as it is answered; `age_days` counts whole days since it was made."""

    reasons: list[ScoreReason]
    age_days: int
    inquiry_id: str

    @classmethod
    def of(cls, inquiry: ScoreInquiry) -> Self:
        """What an inquiry discloses."""
        report = inquiry.report
        # Another machine's clock may have been ahead when it recorded the report.
        age = max(0, (inquiry.inquired_at - report.scored_at).days)
        told = report.model_dump()
        return cls(**told, reasons=report.explained(), age_days=age, inquiry_id=inquiry.id)


class InquiryResult(BaseModel):
    """An inquiry, and the score that it disclosed."""

    inquiry: Inquiry
    score: DisclosedScore

    @classmethod
    def of(cls, inquiry: ScoreInquiry) -> Self:
        """The answer to an inquiry."""
        return cls(inquiry=Inquiry(**inquiry.model_dump(exclude={"report"})), score=DisclosedScore.of(inquiry))


class InquiryPage(Page[Inquiry]):
    """A page of the inquiries into a file, newest first."""


def _asked(customer_id: str, question: Question, kind: InquiryKind, caller: Caller, at: datetime) -> dict[str, Any]:
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
