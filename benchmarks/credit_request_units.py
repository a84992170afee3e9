"""DynamoDB request units and round trips of the current score and of a page of the history.

    python -m benchmarks.credit_request_units

The service's store sends its real requests to a table in memory that counts by DynamoDB's documented rules.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import NamedTuple, cast

from fakes.memory import Memory
from functions.credit.history import HistoryQuery
from functions.credit.inquiries import InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, ScoreQuery
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.reference.score_models import SCORE_MODELS, Bureau, ScoreModelName
from functions.credit.service import current_report
from functions.credit.store import CreditStore
from functions.shared.aws.client import DynamoDB
from functions.shared.requests.caller import Caller

CUSTOMER_ID = "cus_01JDABCDEFGHJKMNPQRSTVWXYZ"
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CALLER = Caller(client_id="a" * 26, actor="an-officer-of-the-bank")
HISTORIES = (1, 500, 100_000)
PAGES = (1, 20, 100)
Series = tuple[Bureau, ScoreModelName, str]
ONE: list[Series] = [(Bureau.EXPERIAN, ScoreModelName.FICO, "8")]
EVERY: list[Series] = list(
    {(b, family): (b, family, version) for (family, version), m in SCORE_MODELS.items() for b in m.bureaus}.values()
)


class Cost(NamedTuple):
    """Cost of one operation.

    Attributes:
        reads: read units of 4 KB; all reads are strongly consistent.
        writes: write units of 1 KB; a transaction counts twice.
        trips: calls to DynamoDB, one after the other.
    """

    reads: int
    writes: int
    trips: int

    def __str__(self) -> str:
        """Return the row's text."""
        return f"{self.reads} + {self.writes} in {self.trips}"


class File:
    """Credit file with reports a minute apart, and the cost to read it."""

    def __init__(self, reports: int, series: Iterable[Series]) -> None:
        """Record `reports` reports of the bureaus, models and versions in `series`, in turn."""
        self._memory = Memory()
        self._store = CreditStore(cast("DynamoDB", self._memory), "credit", lambda: NOW)
        for number, one in enumerate(islice(cycle(series), reports)):
            self._store.record_report(_report(one, NOW - timedelta(minutes=reports - number)), CALLER)

    def current_score(self) -> Cost:
        """Measure GET …/score, with the inquiry that it records."""
        self._memory.reset()
        question = ScoreQuery(purpose=CreditPurpose.CREDIT_EXTENSION)
        file = self._store.read_file(CUSTOMER_ID)
        inquiry = ScoreInquiry.of(question, InquiryKind.SOFT, current_report(file, question), CALLER, NOW)
        self._store.record_inquiry(inquiry, file.state)
        return self._cost()

    def page(self, limit: int, *, summary: bool = False) -> Cost:
        """Measure the read of one page of GET …/scores. The inquiry costs the same as for the current score.

        Args:
            limit: reports on the page.
            summary: with the summary of the last year; then of one bureau and model.
        """
        self._memory.reset()
        bureau, model, _ = ONE[0]
        only = {"bureau": bureau, "model": model, "summary": "true"} if summary else {}
        query = HistoryQuery.model_validate({"purpose": CreditPurpose.CREDIT_EXTENSION, "limit": limit, **only})
        self._store.read_history(self._store.read_file(CUSTOMER_ID), query, None)
        return self._cost()

    def _cost(self) -> Cost:
        return Cost(self._memory.reads, self._memory.writes, self._memory.trips)


def table() -> str:
    """Return the Markdown table of all costs."""
    files = {f"{reports:,} of one series": File(reports, ONE) for reports in HISTORIES}
    files |= {f"{reports:,} of {len(EVERY)} series": File(reports, EVERY) for reports in HISTORIES[1:]}
    rows = ["| reports in the file | current score | " + " | ".join(f"page of {limit}" for limit in PAGES)]
    rows[0] += f" | page of {PAGES[-1]} with summary |"
    rows.append("|---" * (len(PAGES) + 3) + "|")
    for name, file in files.items():
        costs = [file.current_score(), *(file.page(limit) for limit in PAGES), file.page(PAGES[-1], summary=True)]
        rows.append(f"| {name} | {' | '.join(map(str, costs))} |")
    return "\n".join(["Credit: read + write units in round trips.", "", *rows])


def main() -> None:
    """Print the table."""
    sys.stdout.write(f"{table()}\n")


def _report(series: Series, at: datetime) -> CreditReport:
    bureau, model, version = series
    facts = NewCreditReport(
        bureau=bureau,
        model=model,
        model_version=version,
        score=720,
        reason_codes=["14", "5", "10", "8"],
        scored_at=at,
    )
    return CreditReport.record(CUSTOMER_ID, facts, at)


if __name__ == "__main__":
    main()
