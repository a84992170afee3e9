"""A credit file as one query reads it: its freeze, and the newest report of each bureau and model."""

from datetime import datetime
from typing import NamedTuple

from functions.credit.errors import FileFrozen, NoScoreRecorded
from functions.credit.freezes import SecurityFreeze
from functions.credit.inquiries import Question
from functions.credit.models import CreditReport
from functions.credit.reference.purposes import RULES
from functions.credit.reference.score_models import Bureau


class FreezeState(NamedTuple):
    """The freeze of a file.

    Attributes:
        version: of the document; 0 where there never was one. It rises when a freeze is lifted, too.
        freeze: None where there is none, or none any more.
    """

    version: int = 0
    freeze: SecurityFreeze | None = None


class CreditFile(NamedTuple):
    """What there is to know before anything is disclosed.

    Attributes:
        customer_id: whose file.
        state: of its freeze.
        newest: the newest report of each bureau and model, in the order of their keys.
        at: when it was read.
    """

    customer_id: str
    state: FreezeState
    newest: list[CreditReport]
    at: datetime

    def admit(self, question: Question) -> None:
        """Let a question pass; one that names no bureau asks all of them, and the freeze of any stops it.

        Raises:
            FileFrozen: a freeze holds, and the purpose is not excepted (15 USC 1681c-1(i)(4)).
        """
        if self.state.freeze is None or RULES[question.purpose].freeze_exception is not None:
            return
        asked = [question.bureau] if question.bureau else list(Bureau)
        stopping = [bureau for bureau in self.state.freeze.holding(self.at) if bureau in asked]
        if stopping:
            raise FileFrozen(stopping)

    def series(self, question: Question) -> list[CreditReport]:
        """The newest report of each bureau and model that is asked for."""
        return [
            report
            for report in self.newest
            if question.bureau in {None, report.bureau} and question.model in {None, report.model}
        ]

    def current(self, question: Question) -> CreditReport:
        """The current report for a question that may pass.

        Raises:
            FileFrozen: see `admit`.
            NoScoreRecorded: there is none.
        """
        self.admit(question)
        if not (found := self.series(question)):
            raise NoScoreRecorded
        # Of two reports of the same moment the one recorded later counts.
        return max(found, key=lambda report: (report.scored_at, report.id))
