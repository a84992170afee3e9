"""The history of scores: what a client asks for, its pages, and what a series amounts to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, Field, model_validator

from functions.credit.models import CreditReport
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.shared.clock import Timestamp, UtcTime
from functions.shared.pages import Page, PageQuery
from functions.shared.values import member_error

# A report a day for a year, and some: what a summary reads at most, however long the history.
SUMMARISED = 400
WINDOW = timedelta(days=365)


class SortOrder(StrEnum):
    """Which way a history runs."""

    NEWEST = "newest"
    OLDEST = "oldest"


class HistoryQuery(PageQuery):
    """The question for a history: reports that were scored from `from` until just before `to`."""

    purpose: CreditPurpose
    bureau: Bureau | None = None
    model: ScoreModelName | None = None
    from_: Annotated[UtcTime | None, Field(alias="from")] = None
    to: UtcTime | None = None
    order: SortOrder = SortOrder.NEWEST
    summary: Literal["true", "false"] = "false"

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            raise member_error("to", "order", "Send a time after from")
        if self.summary == "true" and (self.bureau is None or self.model is None):
            member = "bureau" if self.bureau is None else "model"
            raise member_error(member, "series", "A summary covers one bureau and one model. Send both")
        return self

    def filter(self) -> dict[str, Any]:
        """What was asked for, but for the place in the list, as the query has it."""
        return self.model_dump(mode="json", by_alias=True, exclude={"limit", "cursor"}, exclude_none=True)


class SummarisedScores(BaseModel):
    """What a summary was made of: `scores` scores of a model version, scored since `since`."""

    model_version: str
    scores: int
    since: Timestamp


class ScoreSummary(SummarisedScores):
    """What the last year of a series amounts to, for the newest report's model version: others measure otherwise.

    Attributes:
        since: where the summary begins: a year ago, or later where it would take more than `SUMMARISED` reports.
        minimum, maximum: of the scores since then; None without any.
        change_30_days, change_90_days, change_365_days: the newest score less the one that was current so long ago;
            None where either is missing.
    """

    minimum: int | None
    maximum: int | None
    change_30_days: int | None
    change_90_days: int | None
    change_365_days: int | None

    @classmethod
    def of(cls, reports: Sequence[CreditReport], at: datetime) -> Self:
        """The summary of a series.

        Args:
            reports: newest first; one at least, `SUMMARISED` at most.
            at: now.
        """
        version = reports[0].model_version
        told = [report for report in reports if report.model_version == version]
        since = at - WINDOW
        if len(reports) == SUMMARISED:
            since = max(since, reports[-1].scored_at)
        scores = [report.score for report in told if report.score is not None and report.scored_at >= since]
        return cls(
            model_version=version,
            minimum=min(scores, default=None),
            maximum=max(scores, default=None),
            scores=len(scores),
            since=since,
            **{f"change_{days}_days": _change(told, at - timedelta(days=days)) for days in (30, 90, 365)},
        )


class History(NamedTuple):
    """What a question for a history discloses.

    Attributes:
        reports: of a page.
        position: where the next page starts; None when these are the last.
        summary: where it was asked for, and there is anything.
    """

    reports: list[CreditReport]
    position: str | None
    summary: ScoreSummary | None


class ScoreHistoryPage(Page[CreditReport]):
    """A page of a history, with the inquiry that it left behind; `summary` where it was asked for."""

    inquiry_id: str
    summary: ScoreSummary | None = None

    @classmethod
    def of(cls, told: History, next_cursor: str | None, inquiry_id: str) -> Self:
        """A page as it is answered."""
        return cls(items=told.reports, next_cursor=next_cursor, inquiry_id=inquiry_id, summary=told.summary)


def _change(reports: Sequence[CreditReport], since: datetime) -> int | None:
    then = next((report.score for report in reports if report.scored_at <= since), None)
    now = reports[0].score
    return None if now is None or then is None else now - then
