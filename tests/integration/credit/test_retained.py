"""GET /v1/credit/{customer_id}/retained: records that a law requires after an erasure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.credit.file_table import FileTable
from functions.credit.retained_store import RetainedStore, get_retained
from functions.shared.plain.clock import now
from functions.shared.requests.caller import Caller
from tests.integration.credit.conftest import Deployed, Hook, forget
from tests.support.credit import BOB, Credit
from tests.support.problems import code

Reads = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def reads(session: boto3.Session, deployed: Deployed) -> Reads:
    """Return a function that returns the stored reads, oldest first."""

    def reads() -> list[dict[str, Any]]:
        stored = session.resource("dynamodb").Table(deployed.environment["RETAINED_READS_NAME"]).scan()["Items"]
        return sorted((dict(item) for item in stored), key=lambda item: str(item["sk"]))

    return reads


def test_inquiries_are_read_with_the_reports_that_they_disclosed(credit: Credit) -> None:
    reports = [credit.record(scored_at=f"2026-01-{day:02}T00:00:00Z").json for day in (1, 2)]
    one = credit.inquire(headers={"Idempotency-Key": "k", "Dossier-Actor": "agent-7"}).json["inquiry"]
    page = credit.history(purpose="employment").json["inquiry_id"]
    listed = {inquiry["id"]: inquiry for inquiry in credit.inquiries().json["items"]}
    credit.erase()
    answer = credit.retained()
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    first, second = answer.json["items"]
    assert (first["id"], first["kind"], first["why"]) == (one["id"], "inquiries", "12 CFR 1002.12(b)")
    assert first["inquiry"] == {**one, "reports": [reports[1]]}
    assert second["inquiry"] == {**listed[page], "reports": reports[::-1]}
    assert (second["why"], second["notice"]) == ("15 USC 1681g(a)(3)(A)(i)", None)


def test_a_notice_is_read_with_the_client_that_requested_it(credit: Credit) -> None:
    credit.record()
    notice = credit.notice(credit.score().json["inquiry_id"]).json
    credit.erase()
    record = credit.retained().json["items"][1]
    assert record["notice"] == {**notice, "drawn_up_by": {"client_id": "client-under-test", "actor": None}}
    assert (record["kind"], record["why"]) == ("adverse_action_notices", "12 CFR 1002.12(b)")
    assert datetime.fromisoformat(record["until"]) > now() + timedelta(days=25 * 30)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_of_the_records_join_to_the_whole(credit: Credit, limit: int) -> None:
    credit.record()
    made = [credit.score().json["inquiry_id"] for _ in range(5)]
    credit.erase()
    page = credit.retained(limit=limit)
    pages = [page]
    while page.json["next_cursor"]:
        page = credit.retained(limit=limit, cursor=page.json["next_cursor"])
        pages.append(page)
    assert [record["id"] for page in pages for record in page.json["items"]] == made
    assert len(pages) == -(-5 // limit)


def test_each_read_is_stored_before_a_record_is_opened(credit: Credit, reads: Reads, calls: list[str]) -> None:
    credit.record()
    credit.score()
    credit.erase()
    calls.clear()
    for actor in ("auditor-1", "auditor-2"):
        credit.call("GET", "retained", headers={"Dossier-Actor": actor})
    assert calls == ["TransactWriteItems", "Query", "Decrypt"] * 2
    assert [read["caller"] for read in reads()] == [
        {"client_id": "client-under-test", "actor": actor} for actor in ("auditor-1", "auditor-2")
    ]
    assert {read["pk"] for read in reads()} == {f"FILE#{credit.customer_id}"}


def test_a_read_that_cannot_be_stored_returns_nothing(credit: Credit, hook: Hook) -> None:
    credit.record()
    credit.score()
    credit.erase()
    sent: list[str] = []

    def refuse(model: Any, **_: Any) -> tuple[SimpleNamespace, dict[str, Any]]:
        sent.append(model.name)
        return SimpleNamespace(status_code=400), {"Error": {"Code": "ProvisionedThroughputExceededException"}}

    hook("before-call.dynamodb", refuse)
    forget()
    assert code(credit.retained()) == (503, "dependency_unavailable")
    assert set(sent) == {"TransactWriteItems"}


def test_nothing_is_retained_of_a_file_that_was_not_erased(credit: Credit, reads: Reads) -> None:
    credit.record()
    credit.score()
    assert credit.retained().json == {"items": [], "next_cursor": None}
    assert len(reads()) == 1


def test_another_customers_records_are_not_read(credit: Credit) -> None:
    credit.record()
    credit.score()
    credit.erase()
    assert Credit(credit.gateway, BOB).retained().json["items"] == []


def test_a_record_is_not_read_after_its_period_even_if_it_is_still_stored(credit: Credit) -> None:
    credit.record()
    credit.score(purpose="court_order")
    credit.erase()
    [record] = credit.retained().json["items"]
    until = datetime.fromisoformat(record["until"])
    kept = get_retained()

    def read(at: datetime) -> int:
        store = RetainedStore(FileTable(kept.records.client, kept.records.name), kept.reads, kept.seals, lambda: at)
        return len(store.read(credit.customer_id, Caller(client_id="bank"), 20, None)[0])

    assert (read(until - timedelta(seconds=1)), read(until)) == (1, 0)


def test_an_id_that_no_customer_can_have_is_not_found(credit: Credit, calls: list[str]) -> None:
    credit.customer_id = "cus_x"
    assert code(credit.retained()) == (404, "credit_file_not_found")
    assert calls == []


def test_reading_needs_its_own_scope(credit: Credit) -> None:
    credit.gateway.scope = "credit/read credit/write credit/inquire credit/freeze credit/erase"
    assert code(credit.retained()) == (403, "insufficient_scope")
