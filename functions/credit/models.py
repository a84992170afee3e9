"""What a credit report is, the question for a score, and the inquiry that every answer leaves behind."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from functions.credit.purposes import Purpose
from functions.credit.score_models import SCORE_MODELS, Band, Bureau, ModelName, versions
from functions.shared.caller import Caller
from functions.shared.clock import Timestamp, now, to_millisecond
from functions.shared.ids import new_id

# FCRA 609(f)(1)(C) and (9), 15 USC 1681g(f): four, and a fifth only where inquiries are a factor. Which codes say so is
# not known here yet, so a fifth is refused.
MAX_REASON_CODES = 4

# RFC 3339, section 5.6, with the offset Z.
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")


def _utc(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if _UTC.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("utc", "A time is written in UTC as RFC 3339 has it, such as 2026-01-31T09:30:00Z")


def _past(time: datetime) -> datetime:
    """A time to the millisecond, which is how it is stored and compared."""
    time = to_millisecond(time)
    if time > now():
        raise PydanticCustomError("future", "A score cannot have been made in the future")
    return time


def _distinct(codes: list[str]) -> list[str]:
    if len(set(codes)) < len(codes):
        raise PydanticCustomError("repeated_code", "A reason code stands at most once")
    return codes


PastTime = Annotated[Timestamp, BeforeValidator(_utc), AfterValidator(_past)]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,5}$")]
ReasonCodes = Annotated[list[ReasonCode], Field(max_length=MAX_REASON_CODES), AfterValidator(_distinct)]


class Unscorable(StrEnum):
    """Why a model gives no score, which is a result and no error.

    FICO's minimum criteria: https://www.fico.com/blogs/who-gets-fico-score
    """

    NO_FILE = "no_file"
    TOO_THIN = "too_thin"  # no account is six months old
    NOT_RECENT = "not_recent"  # no account was reported within the last six months
    DECEASED = "deceased"
    FROZEN = "frozen"


class ReportFacts(BaseModel):
    """What a bureau reported: a score or the cause for none, and the reasons, ordered by impact."""

    bureau: Bureau
    model: ModelName
    model_version: str
    score: int | None = None
    unscorable: Unscorable | None = None
    reason_codes: list[str] = []
    scored_at: Timestamp


class NewReport(ReportFacts, extra="forbid"):
    """A report as a client records it, held to its model's rules, which a stored one was held to in its time."""

    reason_codes: ReasonCodes = []
    scored_at: PastTime

    @field_validator("model_version")
    @classmethod
    def _delivered(cls, version: str, info: ValidationInfo) -> str:
        if not {"bureau", "model"} <= info.data.keys():
            return version
        known = versions(info.data["model"], info.data["bureau"])
        if version not in known:
            raise PydanticCustomError(
                "model_version",
                "The versions of {model} that {bureau} delivers are {known}",
                {"model": info.data["model"], "bureau": info.data["bureau"], "known": ", ".join(known)},
            )
        return version

    @field_validator("score")
    @classmethod
    def _on_the_scale(cls, score: int | None, info: ValidationInfo) -> int | None:
        if score is None or "model_version" not in info.data or "model" not in info.data:
            return score
        scale = SCORE_MODELS[info.data["model"], info.data["model_version"]].scale
        if not scale.minimum <= score <= scale.maximum:
            raise PydanticCustomError(
                "score_range",
                "A score of {model} {version} lies between {minimum} and {maximum}",
                {
                    "model": info.data["model"],
                    "version": info.data["model_version"],
                    "minimum": scale.minimum,
                    "maximum": scale.maximum,
                },
            )
        return score

    @model_validator(mode="after")
    def _score_or_cause(self) -> Self:
        if (self.score is None) == (self.unscorable is None):
            raise PydanticCustomError("result", "A report has either a score or, in unscorable, the cause for none")
        return self


class ScoreRange(BaseModel):
    """The lowest and the highest score that a model gives."""

    minimum: int
    maximum: int


class Identity(BaseModel):
    """A base of its own, so that the ids come first."""

    id: str
    customer_id: str


class CreditReport(ReportFacts, Identity):
    """A report as it is stored; it never changes, so it keeps the range and band of the day it was recorded."""

    range: ScoreRange
    band: Band | None = None
    recorded_at: Timestamp

    @classmethod
    def record(cls, customer_id: str, facts: NewReport, at: datetime) -> Self:
        """A new report; its id sorts by the time of recording."""
        scale = SCORE_MODELS[facts.model, facts.model_version].scale
        return cls(
            **facts.model_dump(),
            id=new_id("rep", at),
            customer_id=customer_id,
            range=ScoreRange(minimum=scale.minimum, maximum=scale.maximum),
            band=None if facts.score is None else scale.band(facts.score),
            recorded_at=at,
        )


class InquiryKind(StrEnum):
    """Whom an inquiry is shown to: the consumer alone sees a soft one."""

    SOFT = "soft"


class Inquiry(Identity):
    """That a score was disclosed: to whom, when, for what; with the report as it was disclosed."""

    kind: InquiryKind
    purpose: Purpose
    caller: Caller
    inquired_at: Timestamp
    report: CreditReport

    @classmethod
    def soft(cls, report: CreditReport, purpose: Purpose, caller: Caller, at: datetime) -> Self:
        """A soft inquiry; its id sorts by time."""
        return cls(
            id=new_id("inq", at),
            customer_id=report.customer_id,
            kind=InquiryKind.SOFT,
            purpose=purpose,
            caller=caller,
            inquired_at=at,
            report=report,
        )


class ScoreQuery(BaseModel, extra="forbid"):
    """The question for a current score: for what, and of which bureau and model; without both, the newest of all."""

    purpose: Purpose
    bureau: Bureau | None = None
    model: ModelName | None = None

    @model_validator(mode="after")
    def _bureau_with_model(self) -> Self:
        if (self.bureau is None) != (self.model is None):
            raise PydanticCustomError("series", "Give bureau and model together, or neither for the newest of all")
        return self


class DisclosedScore(CreditReport):
    """The current score as it is answered; `age_days` counts whole days since it was made."""

    age_days: int
    inquiry_id: str

    @classmethod
    def by(cls, inquiry: Inquiry) -> Self:
        """What an inquiry discloses."""
        # Another machine's clock may have been ahead when it recorded the report.
        age = max(0, (inquiry.inquired_at - inquiry.report.scored_at).days)
        return cls(**inquiry.report.model_dump(), age_days=age, inquiry_id=inquiry.id)
