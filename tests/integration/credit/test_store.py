"""Store of credit files: concurrent writers, lost replies, and other clocks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
import pytest

from functions.credit.errors import InquiryNotFound, NoScoreRecorded
from functions.credit.file_table import FileTable
from functions.credit.freezes import FreezeTerms, NewFreeze
from functions.credit.history import HistoryQuery
from functions.credit.inquiries import DisclosedScore, InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, ScoreQuery
from functions.credit.new_report import NewCreditReport
from functions.credit.notice_store import NoticeStore
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.service import current_report
from functions.credit.store import CreditStore, FileChanged
from functions.shared.aws.boto import BotocoreCalls
from functions.shared.aws.client import Attempting, DynamoDB
from functions.shared.aws.errors import CallRefused, CallUnanswered
from functions.shared.plain.clock import now
from functions.shared.plain.problems import PreconditionFailed, PreconditionRequired
from functions.shared.requests.caller import Caller
from tests.support.dynamodb import refusing
from tests.support.faults import Faulty

Items = Callable[[str], list[dict[str, Any]]]

ADA = "cus_01JADA00000000000000000000"
BANK = Caller(client_id="bank")
QUERY = ScoreQuery(purpose=CreditPurpose.CREDIT_EXTENSION)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def client(session: boto3.Session) -> DynamoDB:
    return cast("DynamoDB", BotocoreCalls(session.client("dynamodb")))


@pytest.fixture
def store(client: DynamoDB, table: str) -> CreditStore:
    return CreditStore(client, table)


def attempting(faulty: Faulty) -> DynamoDB:
    return cast("DynamoDB", Attempting(faulty))


def report(score: int, scored_at: str, at: datetime = NOON) -> CreditReport:
    members = {"bureau": "experian", "model": "fico", "model_version": "8", "score": score, "scored_at": scored_at}
    return CreditReport.record(ADA, NewCreditReport.model_validate_json(json.dumps(members), strict=True), at)


def disclosed(store: CreditStore) -> DisclosedScore:
    file = store.read_file(ADA)
    inquiry = ScoreInquiry.of(QUERY, InquiryKind.SOFT, current_report(file, QUERY), BANK, file.at)
    store.record_inquiry(inquiry, file.state)
    return DisclosedScore.of(inquiry)


def test_a_report_whose_reply_is_lost_is_stored_once_even_when_a_newer_one_overtakes_it(
    client: DynamoDB, store: CreditStore, table: str, items: Items
) -> None:
    newer = report(720, "2026-01-31T01:00:00Z")
    faulty = Faulty(client, {"transact_write_items": ["after"]}, lambda: store.record_report(newer, BANK))
    CreditStore(attempting(faulty), table).record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    assert faulty.faults == 1
    assert disclosed(store).score == 720
    assert [item["score"] for item in items("REPORT")] == [700, 720]


def test_an_inquiry_whose_reply_is_lost_is_stored_once_and_the_score_goes_out(
    client: DynamoDB, store: CreditStore, table: str, items: Items
) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    faulty = Faulty(client, {"transact_write_items": ["after", "before"]})
    assert disclosed(CreditStore(attempting(faulty), table)).score == 700
    assert faulty.faults == 2
    assert len(items("INQUIRY")) == 1


def test_a_score_is_withheld_when_a_freeze_is_placed_between_its_reading_and_its_inquiry(
    store: CreditStore, items: Items
) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    file = store.read_file(ADA)
    inquiry = ScoreInquiry.of(QUERY, InquiryKind.SOFT, current_report(file, QUERY), BANK, file.at)
    store.place_freeze(ADA, store.freeze_state(ADA), NewFreeze(all=FreezeTerms()), BANK)
    with pytest.raises(FileChanged):
        store.record_inquiry(inquiry, file.state)
    assert items("INQUIRY") == []


def test_a_score_is_withheld_when_a_freeze_is_changed_between_its_reading_and_its_inquiry(
    store: CreditStore, items: Items
) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    tomorrow = NewFreeze(all=FreezeTerms(start=now() + timedelta(days=1)))
    store.place_freeze(ADA, store.freeze_state(ADA), tomorrow, BANK)
    file = store.read_file(ADA)
    inquiry = ScoreInquiry.of(QUERY, InquiryKind.SOFT, current_report(file, QUERY), BANK, file.at)
    store.place_freeze(ADA, store.freeze_state(ADA), NewFreeze(all=FreezeTerms()), BANK)
    with pytest.raises(FileChanged):
        store.record_inquiry(inquiry, file.state)
    assert items("INQUIRY") == []


def test_what_is_stored_of_a_report_expires_with_it(store: CreditStore, items: Items) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    expires = int(datetime(2033, 2, 1, tzinfo=UTC).timestamp())
    assert [item["expires_at"] for item in items("REPORT") + items("HEAD#experian")] == [expires, expires]


def test_a_history_leaves_out_what_expires_at_that_moment(client: DynamoDB, store: CreditStore, table: str) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    store.record_report(report(710, "2026-02-01T00:00:00Z"), BANK)
    last = datetime(2033, 2, 1, tzinfo=UTC)
    query = HistoryQuery(purpose=CreditPurpose.CREDIT_EXTENSION)

    def scores(at: datetime) -> list[int | None]:
        later = CreditStore(client, table, lambda: at)
        return [report.score for report in later.read_history(later.read_file(ADA), query, None).reports]

    assert scores(last - timedelta(milliseconds=1)) == [710, 700]
    assert scores(last) == [710]


def test_of_two_first_freezes_at_once_one_is_placed(store: CreditStore) -> None:
    nothing = store.freeze_state(ADA)
    store.place_freeze(ADA, nothing, NewFreeze(all=FreezeTerms()), BANK)
    with pytest.raises(PreconditionRequired):
        store.place_freeze(ADA, nothing, NewFreeze(experian=FreezeTerms()), BANK)


def test_of_two_changes_of_a_freeze_at_once_one_is_made(store: CreditStore) -> None:
    freeze = store.place_freeze(ADA, store.freeze_state(ADA), NewFreeze(all=FreezeTerms()), BANK)
    seen = store.freeze_state(ADA)
    store.lift_freeze(freeze, BANK)
    with pytest.raises(PreconditionFailed):
        store.place_freeze(ADA, seen, NewFreeze(experian=FreezeTerms()), BANK)


def test_a_freeze_whose_reply_is_lost_is_placed_even_when_it_is_lifted_at_once(
    client: DynamoDB, store: CreditStore, table: str, items: Items
) -> None:
    faulty = Faulty(
        client,
        {"transact_write_items": ["after"]},
        lambda: store.lift_freeze(store.read_freeze(ADA), Caller(client_id="b")),
    )
    placed = CreditStore(attempting(faulty), table).place_freeze(
        ADA, store.freeze_state(ADA), NewFreeze(all=FreezeTerms()), BANK
    )
    assert (placed.version, store.freeze_state(ADA)) == (1, (2, None))
    assert [item["changed_by"]["client_id"] for item in items("FREEZE#")] == ["bank", "b"]


def test_a_report_is_no_longer_disclosed_after_seven_years(store: CreditStore, client: DynamoDB, table: str) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    last = datetime(2033, 2, 1, tzinfo=UTC)
    assert disclosed(CreditStore(client, table, lambda: last - timedelta(milliseconds=1))).score == 700
    with pytest.raises(NoScoreRecorded):
        disclosed(CreditStore(client, table, lambda: last))


@pytest.mark.parametrize(
    "case",
    [
        ("credit_extension", "soft", "2026-01-31", "2028-06-30"),
        ("credit_extension", "hard", "2026-01-31", "2028-06-30"),
        ("employment", "soft", "2026-01-31", "2028-01-31"),
        ("employment", "soft", "2028-02-29", "2030-02-28"),
        ("tenant_screening", "soft", "2026-01-31", "2027-01-31"),
        ("tenant_screening", "hard", "2026-01-31", "2028-01-31"),
        ("court_order", "soft", "2027-02-28", "2028-02-28"),
        ("court_order", "soft", "2028-02-29", "2029-02-28"),
    ],
)
def test_an_inquiry_is_kept_on_the_last_day_of_its_period_and_gone_after_it(
    client: DynamoDB, table: str, items: Items, case: tuple[str, str, str, str]
) -> None:
    purpose, kind, inquired, last = case
    store = CreditStore(client, table)
    store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    file, query = store.read_file(ADA), ScoreQuery(purpose=CreditPurpose(purpose))
    at = datetime.fromisoformat(f"{inquired}T12:00:00Z")
    inquiry = ScoreInquiry.of(query, InquiryKind(kind), current_report(file, query), BANK, at)
    store.record_inquiry(inquiry, file.state)
    end = datetime.fromisoformat(f"{last}T00:00:00Z") + timedelta(days=1)
    assert [item["expires_at"] for item in items("INQUIRY")] == [end.timestamp()]
    before = CreditStore(client, table, lambda: end - timedelta(milliseconds=1))
    assert [listed.id for listed in before.list_inquiries(ADA, 20, None)[0]] == [inquiry.id]
    files = FileTable(client, table)
    assert NoticeStore(files, lambda: end - timedelta(milliseconds=1)).read_inquiry(ADA, inquiry.id, "bank") == inquiry
    after = CreditStore(client, table, lambda: end)
    assert after.list_inquiries(ADA, 20, None) == ([], None)
    with pytest.raises(InquiryNotFound):
        NoticeStore(files, lambda: end).read_inquiry(ADA, inquiry.id, "bank")


def test_what_is_refused_for_another_reason_is_told(table: str) -> None:
    store = CreditStore(refusing("AccessDeniedException"), table)
    with pytest.raises(CallRefused):
        store.record_report(report(700, "2026-01-31T00:00:00Z"), BANK)


def test_a_report_that_never_arrives_leaves_nothing_behind(client: DynamoDB, table: str, items: Items) -> None:
    faulty = Faulty(client, {"transact_write_items": ["before"] * 3})
    with pytest.raises(CallUnanswered):
        CreditStore(attempting(faulty), table).record_report(report(700, "2026-01-31T00:00:00Z"), BANK)
    assert items("") == []


def test_of_two_reports_of_one_moment_the_one_recorded_later_counts(store: CreditStore) -> None:
    def recorded_at(minute: int, score: int) -> None:
        store.record_report(report(score, "2026-01-31T00:00:00Z", NOON + timedelta(minutes=minute)), BANK)

    recorded_at(2, 720)
    recorded_at(1, 700)
    assert disclosed(store).score == 720
    recorded_at(3, 730)
    assert disclosed(store).score == 730


def test_the_age_is_never_negative_when_clocks_differ(client: DynamoDB, store: CreditStore, table: str) -> None:
    store.record_report(report(700, "2026-01-31T00:00:00.500Z"), BANK)
    assert disclosed(CreditStore(client, table, lambda: datetime(2026, 1, 31, tzinfo=UTC))).age_days == 0
