"""What the current score costs in DynamoDB's request units, however long the history.

    python -m benchmarks.credit_request_units

Real requests of the service's store, against a table in memory that counts by DynamoDB's documented rules.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import cast

from functions.credit.inquiries import InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, NewReport, ScoreQuery
from functions.credit.purposes import Purpose
from functions.credit.score_models import SCORE_MODELS, Bureau, ModelName
from functions.credit.store import CreditStore
from functions.shared.aws import DynamoDB
from functions.shared.caller import Caller
from tests.support.memory import Memory

CUSTOMER_ID = "cus_01JDABCDEFGHJKMNPQRSTVWXYZ"
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CALLER = Caller(client_id="a" * 26, actor="an-officer-of-the-bank")
HISTORIES = (1, 1_000, 100_000)
Series = tuple[Bureau, ModelName, str]
ONE: list[Series] = [(Bureau.EXPERIAN, ModelName.FICO, "8")]


def main() -> None:
    """Print the table."""
    every = {(b, family): (b, family, version) for (family, version), m in SCORE_MODELS.items() for b in m.bureaus}
    sys.stdout.write("reports of one bureau and model: current score = read + write units\n")
    for reports in HISTORIES:
        sys.stdout.write(f"{reports:>9,}: {_sum(units(reports, ONE))}\n")
    sys.stdout.write(f"reports of {len(every)} bureaus and models, as many as there are\n")
    for reports in HISTORIES[1:]:
        sys.stdout.write(f"{reports:>9,}: {_sum(units(reports, every.values()))}\n")


def units(reports: int, series: Iterable[Series]) -> tuple[int, int]:
    """The read and write units of reading the current score.

    Args:
        reports: how many there are; a minute apart.
        series: of which bureaus, models and versions they are, in turn.
    """
    memory = Memory()
    store = CreditStore(cast("DynamoDB", memory), "credit", lambda: NOW)
    for number, one in enumerate(islice(cycle(series), reports)):
        store.record(_report(one, NOW - timedelta(minutes=reports - number)), CALLER)
    memory.reads = memory.writes = 0
    question = ScoreQuery(purpose=Purpose.CREDIT_EXTENSION)
    file = store.file(CUSTOMER_ID)
    store.keep(ScoreInquiry.of(question, InquiryKind.SOFT, file.current(question), CALLER, NOW), file.state)
    return memory.reads, memory.writes


def _report(series: Series, at: datetime) -> CreditReport:
    bureau, model, version = series
    facts = NewReport(
        bureau=bureau,
        model=model,
        model_version=version,
        score=720,
        reason_codes=["14", "5", "10", "8"],
        scored_at=at,
    )
    return CreditReport.record(CUSTOMER_ID, facts, at)


def _sum(spent: tuple[int, int]) -> str:
    reads, writes = spent
    return f"{reads} + {writes}"


if __name__ == "__main__":
    main()
