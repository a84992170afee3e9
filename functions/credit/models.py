"""What a credit report is, as a client records it and as it is kept, and the question for a score."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.reason_codes import NO_REASON, plain, reason_codes
from functions.credit.reference.score_models import SCORE_MODELS, Bureau, ScoreBand, ScoreModelName, versions
from functions.credit.times import ReportableTime, report_expires
from functions.shared.clock import Timestamp
from functions.shared.ids import new_id
from functions.shared.values import Form, RequestBody, member_error

# FCRA 609(f)(1)(C) and (9), 15 USC 1681g(f): four, and a fifth only where inquiries are a factor.
USUAL_REASON_CODES = 4


def _distinct(codes: list[str]) -> list[str]:
    if len(set(map(plain, codes))) < len(codes):
        raise PydanticCustomError("repeated_code", "Send each reason code once")
    return codes


ReasonCode = Annotated[
    str,
    Form(r"^[0-9A-Z]{1,5}$", "Send one to five digits and capital letters, such as 14"),
    WithJsonSchema({"type": "string", "pattern": r"^(?!0+$)[0-9A-Z]{1,5}$"}),
]
ReasonCodeList = Annotated[
    list[ReasonCode],
    Field(
        max_length=USUAL_REASON_CODES + 1,
        description="By impact; a fifth only where one tells of inquiries",
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_distinct),
]


class UnscorableCause(StrEnum):
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
    model: ScoreModelName
    model_version: str
    score: int | None = None
    unscorable: UnscorableCause | None = None
    reason_codes: list[str] = []
    scored_at: Timestamp


def _document_report(schema: dict[str, Any]) -> None:
    """Add what only documents need to the schema of a new report."""
    from functions.credit.report_schema import add_report_rules  # noqa: PLC0415

    add_report_rules(schema)
    schema["examples"] = [
        {
            "bureau": "experian",
            "model": "fico",
            "model_version": "8",
            "score": 712,
            "reason_codes": ["14", "10", "30"],
            "scored_at": "2026-01-31T09:30:00Z",
        }
    ]


class NewCreditReport(ReportFacts, RequestBody):
    """A report as a client records it, held to its model's rules, which a stored one was held to in its time."""

    model_config = ConfigDict(json_schema_extra=_document_report)

    reason_codes: ReasonCodeList = []
    scored_at: ReportableTime

    @field_validator("model_version")
    @classmethod
    def _delivered(cls, version: str, info: ValidationInfo) -> str:
        if not {"bureau", "model"} <= info.data.keys():
            return version
        known = versions(info.data["model"], info.data["bureau"])
        if version not in known:
            raise PydanticCustomError(
                "model_version",
                "Send a version of {model} that {bureau} delivers: {known}",
                {"model": info.data["model"], "bureau": info.data["bureau"], "known": ", ".join(known)},
            )
        return version

    @field_validator("score")
    @classmethod
    def _on_the_scale(cls, score: int | None, info: ValidationInfo) -> int | None:
        # Without a bureau, nobody has judged the version.
        if score is None or not {"bureau", "model", "model_version"} <= info.data.keys():
            return score
        scale = SCORE_MODELS[info.data["model"], info.data["model_version"]].scale
        if not scale.minimum <= score <= scale.maximum:
            raise PydanticCustomError(
                "score_range",
                "For {model} {version}, send a score between {minimum} and {maximum}",
                {
                    "model": info.data["model"],
                    "version": info.data["model_version"],
                    "minimum": scale.minimum,
                    "maximum": scale.maximum,
                },
            )
        return score

    @field_validator("reason_codes")
    @classmethod
    def _of_the_model(cls, codes: list[str], info: ValidationInfo) -> list[str]:
        if not {"bureau", "model", "model_version"} <= info.data.keys():
            return codes
        if fillers := [str(place) for place, code in enumerate(codes, 1) if plain(code) == NO_REASON]:
            raise PydanticCustomError(
                "no_reason",
                "Leave out fillers such as 00: number {places} of the list",
                {"places": " and ".join(fillers)},
            )
        known = reason_codes(*(info.data[name] for name in ("bureau", "model", "model_version")))
        unknown = [str(place) for place, code in enumerate(codes, 1) if plain(code) not in known.texts]
        if unknown and known.complete:
            raise PydanticCustomError(
                "unknown_code",
                "Send codes of {model} {model_version} at {bureau}. Unknown: number {places} of the list",
                {**info.data, "places": " and ".join(unknown)},
            )
        # What is not held may tell of inquiries.
        inquiries = bool(unknown) or known.inquiries & set(map(plain, codes))
        if len(codes) > USUAL_REASON_CODES and not inquiries:
            raise PydanticCustomError(
                "fifth_code", "At most 4 reason codes, and a fifth only where one is about inquiries"
            )
        return codes

    @model_validator(mode="after")
    def _score_or_cause(self) -> Self:
        if (self.score is None) == (self.unscorable is None):
            member = "score" if self.score is None else "unscorable"
            raise member_error(member, "result", "Send either score or, in unscorable, the cause for none")
        return self


class ScoreRange(BaseModel):
    """The lowest and the highest score that a model gives."""

    minimum: int
    maximum: int


class Identity(BaseModel):
    """A base of its own, so that the ids come first."""

    id: str
    customer_id: str


class ScoreReason(BaseModel):
    """A reason code, and what it means where its model's list is held."""

    code: str
    text: str | None


class CreditReport(ReportFacts, Identity):
    """A report as it is stored; it never changes, so it keeps the range and band of the day it was recorded."""

    range: ScoreRange
    band: ScoreBand | None = None
    recorded_at: Timestamp

    @classmethod
    def record(cls, customer_id: str, facts: NewCreditReport, at: datetime) -> Self:
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

    @property
    def expires_at(self) -> datetime:
        """When it is no longer kept."""
        return report_expires(self.scored_at)

    def explained(self) -> list[ScoreReason]:
        """The reason codes with what they mean, by impact."""
        known = reason_codes(self.bureau, self.model, self.model_version)
        return [ScoreReason(code=code, text=known.texts.get(plain(code))) for code in self.reason_codes]


class ScoreQuery(BaseModel, extra="forbid"):
    """The question for a current score: for what, and of which bureau and model; without both, the newest of all."""

    purpose: CreditPurpose
    bureau: Bureau | None = None
    model: ScoreModelName | None = None

    @model_validator(mode="after")
    def _bureau_with_model(self) -> Self:
        if (self.bureau is None) != (self.model is None):
            member = "bureau" if self.bureau is None else "model"
            raise member_error(member, "series", "Send bureau and model together, or neither for the newest of all")
        return self
