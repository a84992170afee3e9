"""A credit file agrees with a simple model of one after any sequence of operations."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fakes.memory import Memory
from functions.credit.errors import FileFrozen, FreezeNotFound, NoScoreRecorded, ReportExists
from functions.credit.freezes import FreezeTerms, NewFreeze
from functions.credit.history import HistoryQuery
from functions.credit.inquiries import DisclosedScore, Inquiry, InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, ScoreQuery
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.purposes import HARD_KEPT, RULES, CreditPurpose
from functions.credit.reference.score_models import Bureau, ScoreModelName
from functions.credit.service import current_report, require_unfrozen
from functions.credit.store import CreditStore
from functions.credit.times import report_expires
from functions.shared.aws.client import Attempting, DynamoDB
from functions.shared.requests.caller import Caller
from tests.support.faults import Faulty, Outcome

ADA = "cus_01JADA00000000000000000000"
BANK = Caller(client_id="bank")
SERIES = [
    (Bureau.EXPERIAN, ScoreModelName.FICO),
    (Bureau.EQUIFAX, ScoreModelName.FICO),
    (Bureau.EQUIFAX, ScoreModelName.VANTAGESCORE),
]
VERSIONS = {ScoreModelName.FICO: "8", ScoreModelName.VANTAGESCORE: "3.0"}

series = st.sampled_from(SERIES)
questions = series | st.just((None, None))
purposes = st.sampled_from(CreditPurpose)
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(["passes", "passes", "before", "after"])
spans = st.none() | st.integers(-400, 400).map(lambda days: timedelta(days=days))


class CreditFileMachine(RuleBasedStateMachine):
    """Reports, freezes, inquiries and time in any order, with lost calls and lost replies."""

    @initialize()
    def begin(self) -> None:
        """Start with an empty file and an empty model."""
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.faulty = Faulty(Memory(), {})
        client = cast("DynamoDB", Attempting(self.faulty))
        self.store = CreditStore(client, "table", lambda: self.now)
        self.reports: list[CreditReport] = []
        self.inquiries: list[tuple[str, datetime]] = []
        self.freeze: dict[Bureau, tuple[datetime, datetime | None]] = {}
        self.version = 0

    @rule(where=series, score=st.integers(300, 850), days=st.integers(0, 2000), lost=outcomes)
    def record(self, where: tuple[Bureau, ScoreModelName], score: int, days: int, lost: Outcome) -> None:
        """Record a report, late or not."""
        bureau, model = where
        facts = NewCreditReport.model_construct(
            bureau=bureau,
            model=model,
            model_version=VERSIONS[model],
            score=score,
            scored_at=self.now - timedelta(days=days),
            reason_codes=[],
        )
        report = CreditReport.record(ADA, facts, self.now)
        self.faulty.plan("transact_write_items", lost)
        same = {"id", "recorded_at"}
        exists = any(report.model_dump(exclude=same) == other.model_dump(exclude=same) for other in self.reports)
        with pytest.raises(ReportExists) if exists else nullcontext():
            self.store.record_report(report, BANK)
        self.reports += [] if exists else [report]

    @rule(where=questions, purpose=purposes, hard=st.booleans(), lost=outcomes)
    def ask(
        self, where: tuple[Bureau | None, ScoreModelName | None], purpose: CreditPurpose, lost: Outcome, *, hard: bool
    ) -> None:
        """Read the current score."""
        kind = InquiryKind.HARD if hard and RULES[purpose].hard else InquiryKind.SOFT
        query = ScoreQuery(purpose=purpose, bureau=where[0], model=where[1])
        matching = self.matching(*where)
        try:
            file = self.store.read_file(ADA)
            inquiry = ScoreInquiry.of(query, kind, current_report(file, query), BANK, self.now)
        except FileFrozen:
            assert self.blocked(purpose, where[0])
            return
        except NoScoreRecorded:
            assert matching == []
            return
        assert not self.blocked(purpose, where[0])
        self.faulty.plan("transact_write_items", lost)
        self.store.record_inquiry(inquiry, file.state)
        self.expect(inquiry.id, purpose, kind)
        assert DisclosedScore.of(inquiry).score == max(matching, key=lambda r: (r.scored_at, r.id)).score

    @rule(where=questions, purpose=purposes, limit=st.integers(1, 5), order=st.sampled_from(["newest", "oldest"]))
    def page_through(
        self, where: tuple[Bureau | None, ScoreModelName | None], purpose: CreditPurpose, limit: int, order: str
    ) -> None:
        """Read the whole history, page by page."""
        if self.blocked(purpose, where[0]):
            return
        members = {"purpose": purpose, "bureau": where[0], "model": where[1], "limit": limit, "order": order}
        query = HistoryQuery.model_validate(members)
        report_ids: list[str] = []
        position = None
        while True:
            file = self.store.read_file(ADA)
            require_unfrozen(file, query)
            history = self.store.read_history(file, query, position)
            inquiry, position = Inquiry.of_history(ADA, query, history, BANK, self.now), history.position
            self.store.record_inquiry(inquiry, file.state)
            self.expect(inquiry.id, purpose, InquiryKind.SOFT)
            report_ids += [report.id for report in history.reports]
            if position is None:
                break
        matching = sorted(self.matching(*where), key=lambda r: (r.scored_at, r.id), reverse=order == "newest")
        assert report_ids == [report.id for report in matching]

    @rule(bureaus=st.sets(st.sampled_from(Bureau), min_size=1), start=spans, length=spans, lost=outcomes)
    def place(self, bureaus: set[Bureau], start: timedelta | None, length: timedelta | None, lost: Outcome) -> None:
        """Place or replace the freeze."""
        begins = None if start is None else self.now + start
        standing = {
            bureau: start
            for bureau, (start, end) in self.freeze.items()
            if start <= self.now and (end is None or self.now < end)
        }
        first = begins or self.now  # One that is in force began before.
        ends = None if length is None else first + abs(length) + timedelta(days=1)
        terms = FreezeTerms(start=begins, end=ends)
        self.faulty.plan("transact_write_items", lost)
        new = NewFreeze(**{bureau.value: terms for bureau in bureaus})
        placed = self.store.place_freeze(ADA, self.store.freeze_state(ADA), new, BANK)
        self.version += 1
        assert placed.version == self.version
        self.freeze = {bureau: (begins or standing.get(bureau, self.now), ends) for bureau in bureaus}

    @precondition(lambda self: self.freeze)
    @rule(lost=outcomes)
    def lift(self, lost: Outcome) -> None:
        """Lift the freeze."""
        self.faulty.plan("transact_write_items", lost)
        self.store.lift_freeze(self.store.read_freeze(ADA), BANK)
        self.version, self.freeze = self.version + 1, {}

    @rule(days=st.integers(1, 900))
    def wait(self, days: int) -> None:
        """Let time pass."""
        self.now += timedelta(days=days)

    @invariant()
    def inquiries_are_those_of_the_answers(self) -> None:
        """Each disclosure has one inquiry, which is listed until it expires."""
        if not hasattr(self, "store"):
            return
        shown: list[str] = []
        position = None
        while True:
            page, position = self.store.list_inquiries(ADA, 7, position)
            shown += [inquiry.id for inquiry in page]
            if position is None:
                break
        assert shown == sorted((expected for expected, end in self.inquiries if end > self.now), reverse=True)

    @invariant()
    def the_freeze_is_as_it_was_left(self) -> None:
        """The stored freeze is the last one that was placed, or missing."""
        if not hasattr(self, "store"):
            return
        try:
            freeze = self.store.read_freeze(ADA)
        except FreezeNotFound:
            assert self.freeze == {}
            return
        placed: dict[Bureau, Any] = {bureau: freeze.at(bureau) for bureau in Bureau if freeze.at(bureau)}
        assert {bureau: (at.start, at.end) for bureau, at in placed.items()} == self.freeze

    def matching(self, bureau: Bureau | None, model: ScoreModelName | None) -> list[CreditReport]:
        """Return the matching reports that have not expired."""
        return [
            report
            for report in self.reports
            if report_expires(report.scored_at) > self.now
            and bureau in {None, report.bureau}
            and model in {None, report.model}
        ]

    def blocked(self, purpose: CreditPurpose, bureau: Bureau | None) -> bool:
        """Return whether a freeze blocks a purpose at a bureau, or at any."""
        blocking = {
            at for at, (start, end) in self.freeze.items() if start <= self.now and (end is None or self.now < end)
        }
        return RULES[purpose].freeze_exception is None and bool(blocking & ({bureau} if bureau else set(Bureau)))

    def expect(self, inquiry_id: str, purpose: CreditPurpose, kind: InquiryKind) -> None:
        """Expect an inquiry in the list until it expires."""
        periods = [RULES[purpose].kept, *([HARD_KEPT] if kind is InquiryKind.HARD else [])]
        self.inquiries.append((inquiry_id, max(period.end(self.now) for period in periods)))


TestCreditFile = CreditFileMachine.TestCase
TestCreditFile.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
