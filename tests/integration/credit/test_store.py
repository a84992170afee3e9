"""What the store does between calls: writers that meet, and replies that are lost."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.credit.models import NewReport, ScoreQuery
from functions.credit.purposes import Purpose
from functions.credit.store import CreditStore
from functions.shared.aws import DynamoDB
from functions.shared.caller import Caller

Items = Callable[[str], list[dict[str, Any]]]

ADA = "cus_01JADA00000000000000000000"
BANK = Caller(client_id="bank")
QUERY = ScoreQuery(purpose=Purpose.CREDIT_EXTENSION)


def nothing() -> None:
    """Happens between calls when nothing does."""


class Interrupted:
    """DynamoDB, with something that happens around the first transaction."""

    def __init__(
        self, client: DynamoDB, before: Callable[[], object] = nothing, after: Callable[[], object] = nothing
    ) -> None:
        """Call `before` and `after` once."""
        self._client = client
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """The transaction, and what happens around it."""
        before, after = self._before, self._after
        self._before = self._after = nothing
        before()
        answer = self._client.transact_write_items(**request)
        after()
        return answer


@pytest.fixture
def client(session: boto3.Session) -> DynamoDB:
    return cast("DynamoDB", session.client("dynamodb"))


def facts(score: int, scored_at: str) -> NewReport:
    members = {"bureau": "experian", "model": "fico", "model_version": "8", "score": score, "scored_at": scored_at}
    return NewReport.model_validate_json(json.dumps(members), strict=True)


def test_a_newer_report_that_arrives_meanwhile_is_not_displaced(client: DynamoDB, table: str, items: Items) -> None:
    plain = CreditStore(client, table)
    newer = facts(720, "2026-02-01T00:00:00Z")
    met = Interrupted(client, lambda: plain.record(ADA, newer, BANK))
    CreditStore(cast("DynamoDB", met), table).record(ADA, facts(700, "2026-01-31T00:00:00Z"), BANK)
    assert plain.disclose(ADA, QUERY, BANK).score == 720
    assert [item["score"] for item in items("REPORT")] == [700, 720]


def test_of_two_reports_of_one_moment_the_one_recorded_later_counts(client: DynamoDB, table: str) -> None:
    def recorded_at(minute: int, score: int) -> None:
        clock = datetime(2026, 2, 1, 12, minute, tzinfo=UTC)
        CreditStore(client, table, lambda: clock).record(ADA, facts(score, "2026-01-31T00:00:00Z"), BANK)

    recorded_at(2, 720)
    recorded_at(1, 700)
    assert CreditStore(client, table).disclose(ADA, QUERY, BANK).score == 720
    recorded_at(3, 730)
    assert CreditStore(client, table).disclose(ADA, QUERY, BANK).score == 730


def test_what_is_refused_for_another_reason_is_not_tried_again(client: DynamoDB, table: str, items: Items) -> None:
    conflict = ClientError(
        {
            "Error": {"Code": "TransactionCanceledException", "Message": ""},
            "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}, {"Code": "None"}],
        },
        "TransactWriteItems",
    )

    def collide() -> None:
        raise conflict

    store = CreditStore(cast("DynamoDB", Interrupted(client, before=collide)), table)
    with pytest.raises(ClientError) as refused:
        store.record(ADA, facts(700, "2026-01-31T00:00:00Z"), BANK)
    assert refused.value is conflict
    assert items("") == []


def test_a_lost_reply_leaves_the_whole_report_behind(client: DynamoDB, table: str, items: Items) -> None:
    def lose() -> None:
        raise ReadTimeoutError(endpoint_url="")

    store = CreditStore(cast("DynamoDB", Interrupted(client, after=lose)), table)
    with pytest.raises(ReadTimeoutError):
        store.record(ADA, facts(700, "2026-01-31T00:00:00Z"), BANK)
    assert [item["sk"].split("#")[0] for item in items("")] == ["CURRENT", "CURRENT", "REPORT"]


def test_the_age_is_never_negative_when_clocks_differ(client: DynamoDB, table: str) -> None:
    CreditStore(client, table).record(ADA, facts(700, "2026-01-31T00:00:00.500Z"), BANK)
    behind = CreditStore(client, table, lambda: datetime(2026, 1, 31, tzinfo=UTC))
    assert behind.disclose(ADA, QUERY, BANK).age_days == 0


def test_the_stored_moment_is_that_of_the_clock(client: DynamoDB, table: str, items: Items) -> None:
    noon = datetime(2026, 2, 1, 12, tzinfo=UTC)
    store = CreditStore(client, table, lambda: noon)
    report = store.record(ADA, facts(700, "2026-01-31T00:00:00Z"), BANK)
    store.disclose(ADA, QUERY, BANK)
    assert report.recorded_at == noon
    assert items("INQUIRY")[0]["inquired_at"] == "2026-02-01T12:00:00.000Z"
