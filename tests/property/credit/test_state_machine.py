"""A credit file against a simple model of one: whatever happens in whatever order, they agree on every answer."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fakes.memory import Memory
from functions.credit.errors import FileFrozen, FreezeNotFound, NoScoreRecorded
from functions.credit.freeze_store import FreezeStore
from functions.credit.freezes import FreezeTerms, NewFreeze
from functions.credit.history import HistoryQuery
from functions.credit.inquiries import DisclosedScore, Inquiry, InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, NewCreditReport, ScoreQuery
from functions.credit.purposes import HARD_KEPT, RULES, CreditPurpose
from functions.credit.score_models import Bureau, ScoreModelName
from functions.credit.store import CreditStore
from functions.credit.times import report_expires
from functions.shared.aws import Attempting, DynamoDB
from functions.shared.caller import Caller
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
    """Reports, freezes, inquiries and time, in any order; replies and calls get lost on the way."""

    @initialize()
    def begin(self) -> None:
        """An empty file, and an empty model of one."""
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.faulty = Faulty(Memory(), {})
        client = cast("DynamoDB", Attempting(self.faulty))
        self.store = CreditStore(client, "table", lambda: self.now)
        self.freezes = FreezeStore(client, "table", lambda: self.now)
        self.reports: list[CreditReport] = []
        self.inquiries: list[tuple[str, datetime]] = []
        self.freeze: dict[Bureau, tuple[datetime, datetime | None]] = {}
        self.version = 0

    @rule(where=series, score=st.integers(300, 850), days=st.integers(0, 2000), lost=outcomes)
    def record(self, where: tuple[Bureau, ScoreModelName], score: int, days: int, lost: Outcome) -> None:
        """A report arrives, late or not."""
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
        self.store.record(report, BANK)
        self.reports.append(report)

    @rule(asked=questions, purpose=purposes, hard=st.booleans(), lost=outcomes)
    def ask(
        self, asked: tuple[Bureau | None, ScoreModelName | None], purpose: CreditPurpose, lost: Outcome, *, hard: bool
    ) -> None:
        """Somebody asks for the current score."""
        kind = InquiryKind.HARD if hard and RULES[purpose].hard else InquiryKind.SOFT
        query = ScoreQuery(purpose=purpose, bureau=asked[0], model=asked[1])
        known = self.matching(*asked)
        try:
            file = self.store.file(ADA)
            inquiry = ScoreInquiry.of(query, kind, file.current(query), BANK, self.now)
        except FileFrozen:
            assert self.stopped(purpose, asked[0])
            return
        except NoScoreRecorded:
            assert known == []
            return
        assert not self.stopped(purpose, asked[0])
        self.faulty.plan("transact_write_items", lost)
        self.store.keep(inquiry, file.state)
        self.expect(inquiry.id, purpose, kind)
        assert DisclosedScore.by(inquiry).score == max(known, key=lambda r: (r.scored_at, r.id)).score

    @rule(asked=questions, purpose=purposes, limit=st.integers(1, 5), order=st.sampled_from(["newest", "oldest"]))
    def page_through(
        self, asked: tuple[Bureau | None, ScoreModelName | None], purpose: CreditPurpose, limit: int, order: str
    ) -> None:
        """Somebody reads the whole history, page by page."""
        if self.stopped(purpose, asked[0]):
            return
        members = {"purpose": purpose, "bureau": asked[0], "model": asked[1], "limit": limit, "order": order}
        query = HistoryQuery.model_validate(members)
        found: list[str] = []
        position = None
        while True:
            file = self.store.file(ADA)
            file.admit(query)
            told = self.store.history(file, query, position)
            inquiry, position = Inquiry.of_history(ADA, query, told, BANK, self.now), told.position
            self.store.keep(inquiry, file.state)
            self.expect(inquiry.id, purpose, InquiryKind.SOFT)
            found += [report.id for report in told.reports]
            if position is None:
                break
        known = sorted(self.matching(*asked), key=lambda r: (r.scored_at, r.id), reverse=order == "newest")
        assert found == [report.id for report in known]

    @rule(bureaus=st.sets(st.sampled_from(Bureau), min_size=1), start=spans, length=spans, lost=outcomes)
    def place(self, bureaus: set[Bureau], start: timedelta | None, length: timedelta | None, lost: Outcome) -> None:
        """The consumer freezes the file anew."""
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
        placed = self.freezes.place(ADA, self.freezes.state(ADA), new, BANK)
        self.version += 1
        assert placed.version == self.version
        self.freeze = {bureau: (begins or standing.get(bureau, self.now), ends) for bureau in bureaus}

    @precondition(lambda self: self.freeze)
    @rule(lost=outcomes)
    def lift(self, lost: Outcome) -> None:
        """The consumer lifts the freeze."""
        self.faulty.plan("transact_write_items", lost)
        self.freezes.lift(self.freezes.freeze(ADA), BANK)
        self.version, self.freeze = self.version + 1, {}

    @rule(days=st.integers(1, 900))
    def wait(self, days: int) -> None:
        """Time goes by."""
        self.now += timedelta(days=days)

    @invariant()
    def inquiries_are_those_of_the_answers(self) -> None:
        """Every answer left one inquiry, and each is shown until it expires."""
        if not hasattr(self, "store"):
            return
        shown: list[str] = []
        position = None
        while True:
            page, position = self.store.inquiries(ADA, 7, position)
            shown += [inquiry.id for inquiry in page]
            if position is None:
                break
        assert shown == sorted((found for found, expires in self.inquiries if expires > self.now), reverse=True)

    @invariant()
    def the_freeze_is_as_it_was_left(self) -> None:
        """It stands, or is not found."""
        if not hasattr(self, "store"):
            return
        try:
            freeze = self.freezes.freeze(ADA)
        except FreezeNotFound:
            assert self.freeze == {}
            return
        placed: dict[Bureau, Any] = {bureau: freeze.at(bureau) for bureau in Bureau if freeze.at(bureau)}
        assert {bureau: (at.start, at.end) for bureau, at in placed.items()} == self.freeze

    def matching(self, bureau: Bureau | None, model: ScoreModelName | None) -> list[CreditReport]:
        """The reports that are asked for and have not expired."""
        return [
            report
            for report in self.reports
            if report_expires(report.scored_at) > self.now
            and bureau in {None, report.bureau}
            and model in {None, report.model}
        ]

    def stopped(self, purpose: CreditPurpose, bureau: Bureau | None) -> bool:
        """Whether a freeze stops a purpose at a bureau, or at any."""
        holding = {
            at for at, (start, end) in self.freeze.items() if start <= self.now and (end is None or self.now < end)
        }
        return RULES[purpose].freeze_exception is None and bool(holding & ({bureau} if bureau else set(Bureau)))

    def expect(self, inquiry_id: str, purpose: CreditPurpose, kind: InquiryKind) -> None:
        """An inquiry is to be shown from now on."""
        periods = [RULES[purpose].kept, *([HARD_KEPT] if kind is InquiryKind.HARD else [])]
        self.inquiries.append((inquiry_id, max(period.end(self.now) for period in periods)))


TestCreditFile = CreditFileMachine.TestCase
TestCreditFile.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
