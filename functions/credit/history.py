"""History of scores: query, pages and summary."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.credit import examples
from functions.credit.models import CreditReport
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.shared.plain.clock import Timestamp, UtcTime
from functions.shared.plain.values import member_error
from functions.shared.requests.pages import Page, PageQuery

# Maximum number of reports that a summary reads: a report a day for a year, and some more.
SUMMARISED = 400
WINDOW = timedelta(days=365)


class SortOrder(StrEnum):
    """Order of a history in time."""

    NEWEST = "newest"
    OLDEST = "oldest"


class HistoryQuery(PageQuery):
    """Query for a page of the history."""

    purpose: CreditPurpose = Field(
        description="Permissible purpose (15 USC 1681b) that the client certifies for this request",
        examples=["account_review"],
    )
    bureau: Bureau | None = Field(default=None, description="Only reports of this credit bureau", examples=["experian"])
    model: ScoreModelName | None = Field(
        default=None, description="Only reports of this family of scoring models", examples=["fico"]
    )
    from_: Annotated[UtcTime | None, Field(alias="from")] = Field(
        default=None,
        description="Only scores calculated at this time or later",
        examples=["2026-01-01T00:00:00Z"],
    )
    to: UtcTime | None = Field(
        default=None, description="Only scores calculated before this time", examples=["2026-02-01T00:00:00Z"]
    )
    order: SortOrder = Field(
        default=SortOrder.NEWEST, description="Order of the reports by `scored_at`", examples=["newest"]
    )
    summary: Literal["true", "false"] = Field(
        default="false",
        description="`true` adds a summary of the last year; needs `bureau` and `model`",
        examples=["true"],
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            raise member_error("to", "order", "Send a time after from")
        if self.summary == "true" and (self.bureau is None or self.model is None):
            member = "bureau" if self.bureau is None else "model"
            raise member_error(member, "series", "A summary covers one bureau and one model. Send both")
        return self

    def filter(self) -> dict[str, Any]:
        """Return all parameters but the place in the list, with their names in the query."""
        return self.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"}, exclude_none=True)


class SummarisedScores(BaseModel):
    """Scores that a summary was made of."""

    model_version: str = Field(description="Model version of the newest report; others are left out", examples=["8"])
    scores: int = Field(description="Number of scores in the summary", examples=[12])
    since: Timestamp = Field(
        description="Start of the summary: a year ago, or later if it would need more than 400 reports",
        examples=[examples.SUMMARISED["since"]],
    )


class ScoreSummary(SummarisedScores):
    """Summary of the last year for one bureau, model and model version."""

    minimum: int | None = Field(description="Lowest score; null without a score", examples=[684])
    maximum: int | None = Field(description="Highest score; null without a score", examples=[715])
    change_30_days: int | None = Field(
        description="Newest score minus the current score of 30 days ago; null if either is missing", examples=[4]
    )
    change_90_days: int | None = Field(
        description="Newest score minus the current score of 90 days ago; null if either is missing",
        examples=[-3],
    )
    change_365_days: int | None = Field(
        description="Newest score minus the current score of 365 days ago; null if either is missing", examples=[28]
    )

    @classmethod
    def of(cls, reports: Sequence[CreditReport], at: datetime) -> Self:
        """Return the summary of a series.

        Args:
            reports: 1 to `SUMMARISED` reports, newest first.
            at: current time.
        """
        version = reports[0].model_version
        comparable = [report for report in reports if report.model_version == version]
        since = at - WINDOW
        if len(reports) == SUMMARISED:
            since = max(since, reports[-1].scored_at)
        scores = [report.score for report in comparable if report.score is not None and report.scored_at >= since]
        return cls(
            model_version=version,
            minimum=min(scores, default=None),
            maximum=max(scores, default=None),
            scores=len(scores),
            since=since,
            **{f"change_{days}_days": _change(comparable, at - timedelta(days=days)) for days in (30, 90, 365)},
        )


class History(NamedTuple):
    """Page of a history, before its inquiry is recorded.

    Attributes:
        reports: reports of the page.
        position: start of the next page; None after the last.
        summary: None if the client did not request it, or no report matches.
    """

    reports: list[CreditReport]
    position: str | None
    summary: ScoreSummary | None


class ScoreHistoryPage(Page[CreditReport]):
    """Page of a history, with the id of the inquiry that the request recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.HISTORY_PAGE]})

    inquiry_id: str = Field(description="Id of the recorded inquiry", examples=[examples.INQUIRY_ID])
    summary: ScoreSummary | None = Field(
        default=None,
        description="Summary of the last year; null without `summary=true` or without a report",
        examples=[examples.SUMMARY],
    )

    @classmethod
    def of(cls, history: History, next_cursor: str | None, inquiry_id: str) -> Self:
        """Return the page as the response contains it."""
        return cls(items=history.reports, next_cursor=next_cursor, inquiry_id=inquiry_id, summary=history.summary)


def _change(reports: Sequence[CreditReport], since: datetime) -> int | None:
    then = next((report.score for report in reports if report.scored_at <= since), None)
    now = reports[0].score
    return None if now is None or then is None else now - then
