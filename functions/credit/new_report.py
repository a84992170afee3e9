"""Report of a credit bureau as a client sends it. It is checked with the rules of its scoring model."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator
from pydantic_core import PydanticCustomError

from functions.credit import examples
from functions.credit.models import ReportFacts
from functions.credit.reference.reason_codes import NO_REASON, plain, reason_codes
from functions.credit.reference.score_models import SCORE_MODELS, versions
from functions.credit.times import ReportableTime
from functions.shared.plain.values import Form, RequestBody, member_error

# FCRA 609(f)(1)(C) and (9), 15 USC 1681g(f): four, and a fifth only if inquiries are a factor.
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
        description="Reason codes in order of impact. A fifth is allowed only if one of them is about inquiries",
        examples=[["14", "30"]],
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_distinct),
]


def _document_report(schema: dict[str, Any]) -> None:
    """Add what only documents need to the schema of a new report."""
    from functions.credit.report_schema import add_report_rules  # noqa: PLC0415

    add_report_rules(schema)
    schema["examples"] = [examples.NEW_REPORT]


class NewCreditReport(ReportFacts, RequestBody):
    """Report of a credit bureau. Send either `score` or `unscorable`."""

    # Stored reports are not checked again: rules may have changed since.
    model_config = ConfigDict(json_schema_extra=_document_report)

    reason_codes: ReasonCodeList = Field(default=[])
    scored_at: ReportableTime = Field(
        description="Time at which the bureau calculated the score: at most seven calendar years ago",
        examples=["2026-01-31T09:30:00Z"],
    )

    @field_validator("model_version")
    @classmethod
    def _delivered(cls, version: str, info: ValidationInfo) -> str:
        if not {"bureau", "model"} <= info.data.keys():
            return version
        allowed = versions(info.data["model"], info.data["bureau"])
        if version not in allowed:
            raise PydanticCustomError(
                "model_version",
                "Send a version of {model} that {bureau} delivers: {allowed}",
                {"model": info.data["model"], "bureau": info.data["bureau"], "allowed": ", ".join(allowed)},
            )
        return version

    @field_validator("score")
    @classmethod
    def _on_the_scale(cls, score: int | None, info: ValidationInfo) -> int | None:
        # Without a valid bureau, the version is not checked.
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
        listed = reason_codes(*(info.data[name] for name in ("bureau", "model", "model_version")))
        unknown = [str(place) for place, code in enumerate(codes, 1) if plain(code) not in listed.texts]
        if unknown and listed.complete:
            raise PydanticCustomError(
                "unknown_code",
                "Send codes of {model} {model_version} at {bureau}. Unknown: number {places} of the list",
                {**info.data, "places": " and ".join(unknown)},
            )
        # An unknown code may be about inquiries.
        inquiries = bool(unknown) or listed.inquiries & set(map(plain, codes))
        if len(codes) > USUAL_REASON_CODES and not inquiries:
            raise PydanticCustomError("fifth_code", "At most 4 reason codes, or 5 if one is about inquiries")
        return codes

    @model_validator(mode="after")
    def _score_or_cause(self) -> Self:
        if (self.score is None) == (self.unscorable is None):
            member = "score" if self.score is None else "unscorable"
            raise member_error(member, "result", "Send either score, or unscorable with the cause of its absence")
        return self
