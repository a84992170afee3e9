"""Rules of disclosures and erasures.

No score leaves the service without a stored inquiry, or past a security freeze. An erasure writes its tombstone first.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from functions.credit.erasure_store import get_erasures
from functions.credit.errors import CreditFileErased, FileFrozen, InquiryNotRecorded, NoScoreRecorded
from functions.credit.history import HistoryQuery, ScoreHistoryPage
from functions.credit.inquiries import Inquiry, InquiryKind, Question, ScoreInquiry
from functions.credit.models import CreditReport
from functions.credit.reference.purposes import RULES
from functions.credit.reference.score_models import Bureau
from functions.credit.store import CreditStore, FileChanged
from functions.credit.table import CreditFile
from functions.shared.aws.idempotency import Once
from functions.shared.plain.erasure import Erasure
from functions.shared.plain.ids import new_id
from functions.shared.plain.problems import RETRY_SOON
from functions.shared.requests.caller import Caller
from functions.shared.requests.cursor import Cursors

# Attempts to disclose while somebody changes the freeze.
ATTEMPTS = 3

Result = TypeVar("Result")
Save = Callable[[Once | None], None]


@dataclass(frozen=True)
class Disclosure:
    """Disclosure from a customer's credit file to a client.

    Attributes:
        store: credit files.
        customer_id: id of the customer.
        caller: client that receives the disclosure.
    """

    store: CreditStore
    customer_id: str
    caller: Caller

    def score(self, question: Question, kind: InquiryKind, respond: Callable[[ScoreInquiry, Save], Result]) -> Result:
        """Return the response to an inquiry into the current score.

        Args:
            question: purpose, bureau and model.
            kind: of the inquiry.
            respond: returns the response. It must first call its second argument, which stores the inquiry.

        Raises:
            FileFrozen, NoScoreRecorded: see `current_report`.
            InquiryNotRecorded: the inquiry could not be stored, or the freeze was changed during each attempt.
            CreditFileNotFound, CreditFileErased: see `CreditStore.record_report`.
        """

        def attempt(file: CreditFile) -> Result:
            inquiry = ScoreInquiry.of(question, kind, current_report(file, question), self.caller, file.at)
            return respond(inquiry, partial(self.store.record_inquiry, inquiry, file.state))

        return self._retried(attempt)

    def history(self, query: HistoryQuery, cursors: Cursors) -> ScoreHistoryPage:
        """Return a page of the history after its soft inquiry is stored.

        Raises:
            FileFrozen: see `require_unfrozen`.
            InvalidCursor: the query's cursor is not one of `cursors`, or its page is not stored.
            InquiryNotRecorded, CreditFileNotFound, CreditFileErased: see `score`.
        """
        before = cursors.read(query.cursor)

        def attempt(file: CreditFile) -> ScoreHistoryPage:
            require_unfrozen(file, query)
            history = self.store.read_history(file, query, self.store.page_after(file.customer_id, before))
            inquiry = Inquiry.of_history(file.customer_id, query, history, self.caller, file.at)
            self.store.record_inquiry(inquiry, file.state, following=history.position)
            following = inquiry.id if history.position else None
            return ScoreHistoryPage.of(history, cursors.make(following), inquiry.id)

        return self._retried(attempt)

    def _retried(self, attempt: Callable[[CreditFile], Result]) -> Result:
        """Read the file and attempt a disclosure, again if the freeze changes before the inquiry is stored."""
        for _ in range(ATTEMPTS):
            file = self.store.read_file(self.customer_id)
            with suppress(FileChanged):
                return attempt(file)
        raise InquiryNotRecorded("Another client is changing the freeze. Try again in a moment.", headers=RETRY_SOON)


def erase(
    customer_id: str, erasure_id: str, at: datetime, require_match: Callable[[int], None] = lambda _: None
) -> Erasure:
    """Erase a credit file, also an empty one, and return the result.

    The tombstone is written first, so later reads and writes fail. Then bounded steps erase the items, and seal those
    that a law requires. After an interruption, the next call continues. Each later call returns the same result.

    Args:
        customer_id: id of the customer.
        erasure_id: id of the erasure. A file keeps that of its first one.
        at: time of the erasure.
        require_match: raises a problem if the version of the file's freeze is not the expected one.

    Raises:
        CreditFileNotFound: the id is not a customer's.
    """
    erasures = get_erasures()
    tombstone = erasures.begin(customer_id, erasure_id, at, require_match)
    while not tombstone.completed:
        tombstone = erasures.step(tombstone)
    return tombstone.result


def erase_file(customer_id: str, at: datetime, require_match: Callable[[int], None]) -> Erasure:
    """Erase a credit file at a client's request.

    Raises:
        CreditFileErased: the file was erased completely before.
        CreditFileNotFound: see `erase`.
    """
    if get_erasures().completed(customer_id):
        raise CreditFileErased
    return erase(customer_id, new_id("era", at), at, require_match)


def require_unfrozen(file: CreditFile, question: Question) -> None:
    """Check that no security freeze blocks a question. Without a bureau, a freeze at any bureau blocks it.

    Raises:
        FileFrozen: a freeze is in force, and the purpose has no exception (15 USC 1681c-1(i)(4)).
    """
    if file.state.freeze is None or RULES[question.purpose].freeze_exception is not None:
        return
    bureaus = [question.bureau] if question.bureau else list(Bureau)
    frozen = [bureau for bureau in file.state.freeze.blocking(file.at) if bureau in bureaus]
    if frozen:
        raise FileFrozen(frozen)


def current_report(file: CreditFile, question: Question) -> CreditReport:
    """Return the newest report that a question may disclose.

    Raises:
        FileFrozen: see `require_unfrozen`.
        NoScoreRecorded: no report matches.
    """
    require_unfrozen(file, question)
    reports = file.matching(question)
    if not reports:
        raise NoScoreRecorded("Record a report first, or send another bureau and model.")
    return max(reports, key=lambda report: (report.scored_at, report.id))
