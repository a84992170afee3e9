"""Credit reports as they are stored, and the query for a score."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.credit import examples
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.reason_codes import plain, reason_codes
from functions.credit.reference.score_models import SCORE_MODELS, Bureau, ScoreBand, ScoreModelName
from functions.credit.times import report_expires
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import new_id
from functions.shared.plain.values import member_error


class UnscorableCause(StrEnum):
    """Cause of a missing score.

    `too_thin`: no account is six months old. `not_recent`: no account was reported within the last six months.
    Source: FICO's minimum criteria, https://www.fico.com/blogs/who-gets-fico-score
    """

    NO_FILE = "no_file"
    TOO_THIN = "too_thin"
    NOT_RECENT = "not_recent"
    DECEASED = "deceased"
    FROZEN = "frozen"


class ReportFacts(BaseModel):
    """Facts that a credit bureau reports: a score or the cause of its absence, and the reasons."""

    bureau: Bureau = Field(description="Credit bureau that made the report", examples=["experian"])
    model: ScoreModelName = Field(description="Family of the scoring model", examples=["fico"])
    model_version: str = Field(description="Version of the scoring model", examples=["8"])
    score: int | None = Field(
        default=None, description="Score on the model's scale; null if `unscorable` has a value", examples=[712]
    )
    unscorable: UnscorableCause | None = Field(
        default=None, description="Cause of a missing score; null if `score` has a value", examples=["too_thin"]
    )
    reason_codes: list[str] = Field(
        default=[], description="Reason codes of the score, in order of impact", examples=[["14", "30"]]
    )
    scored_at: Timestamp = Field(
        description="Time at which the bureau calculated the score", examples=[examples.SCORED_AT]
    )


class ScoreRange(BaseModel):
    """Lowest and highest score of a scoring model."""

    minimum: int = Field(description="Lowest score of the model", examples=[300])
    maximum: int = Field(description="Highest score of the model", examples=[850])


class Identity(BaseModel):
    """Ids of a resource. A base class puts them first in responses."""

    id: str = Field(description="Id of the report", examples=[examples.REPORT_ID])
    customer_id: str = Field(description="Id of the customer", examples=[examples.CUSTOMER_ID])


class ScoreReason(BaseModel):
    """Reason code of a score, with its text."""

    code: str = Field(description="Reason code, as the bureau sent it", examples=["14"])
    text: str | None = Field(
        description="Meaning of the code; null if the model's list is not available",
        examples=["Accounts have not been established for long"],
    )


class CreditReport(ReportFacts, Identity):
    """Stored report of a credit bureau. It never changes: range and band are those of the day it was recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REPORT]})

    range: ScoreRange = Field(description="Range of the model's scores", examples=[examples.RANGE])
    band: ScoreBand | None = Field(
        default=None, description="Band of the score on its model's scale; null without a score", examples=["good"]
    )
    recorded_at: Timestamp = Field(description="Time at which the report was recorded", examples=[examples.RECORDED_AT])

    @classmethod
    def record(cls, customer_id: str, facts: ReportFacts, at: datetime) -> Self:
        """Return a new report. Its id sorts by the time of recording."""
        scale = SCORE_MODELS[facts.model, facts.model_version].scale
        return cls(
            **facts.model_dump(),
            id=new_id("rep", at),
            customer_id=customer_id,
            range=ScoreRange(minimum=scale.minimum, maximum=scale.maximum),
            band=None if facts.score is None else scale.band(facts.score),
            recorded_at=at,
        )

    @property
    def expires_at(self) -> datetime:
        """Return the time from which the report is no longer disclosed."""
        return report_expires(self.scored_at)

    def explained(self) -> list[ScoreReason]:
        """Return the reason codes with their texts, in order of impact."""
        listed = reason_codes(self.bureau, self.model, self.model_version)
        return [ScoreReason(code=code, text=listed.texts.get(plain(code))) for code in self.reason_codes]


class ScoreQuery(BaseModel, extra="forbid"):
    """Query for the current score: the newest of a bureau and model, or of all."""

    purpose: CreditPurpose = Field(
        description="Permissible purpose (15 USC 1681b) that the client certifies for this request",
        examples=["credit_extension"],
    )
    bureau: Bureau | None = Field(
        default=None, description="Only this credit bureau; needs `model`", examples=["experian"]
    )
    model: ScoreModelName | None = Field(
        default=None, description="Only this family of scoring models; needs `bureau`", examples=["fico"]
    )

    @model_validator(mode="after")
    def _bureau_with_model(self) -> Self:
        if (self.bureau is None) != (self.model is None):
            member = "bureau" if self.bureau is None else "model"
            raise member_error(member, "series", "Send bureau and model together, or neither for the newest of all")
        return self
