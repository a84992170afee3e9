"""Disclosure while other clients change the freeze."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest

from fakes.memory import Memory
from functions.credit.errors import FileFrozen, InquiryNotRecorded
from functions.credit.freezes import FreezeTerms, NewFreeze
from functions.credit.inquiries import Inquiry, InquiryKind, ScoreInquiry
from functions.credit.models import CreditReport, ScoreQuery
from functions.credit.new_report import NewCreditReport
from functions.credit.reference.purposes import CreditPurpose
from functions.credit.service import ATTEMPTS, Disclosure, Save
from functions.credit.store import CreditStore
from functions.shared.aws.boto import BotocoreCalls
from functions.shared.aws.client import DynamoDB
from functions.shared.plain.clock import now
from functions.shared.requests.caller import Caller
from tests.support.credit import ADA, FACTS

BANK = Caller(client_id="bank")
QUERY = ScoreQuery(purpose=CreditPurpose.CREDIT_EXTENSION)


@pytest.fixture
def store() -> CreditStore:
    """Return a store in memory with one report."""
    store = CreditStore(cast("DynamoDB", BotocoreCalls(Memory())), "table")
    store.record_report(CreditReport.record(ADA, NewCreditReport(**FACTS), now()), BANK)
    return store


def inquiries(store: CreditStore) -> list[Inquiry]:
    return store.list_inquiries(ADA, 20, None)[0]


def disclosing(store: CreditStore, meanwhile: Callable[[], object]) -> int | None:
    """Disclose the current score. `meanwhile` is called between the read of the file and the inquiry."""

    def respond(inquiry: ScoreInquiry, save: Save) -> int | None:
        meanwhile()
        save(None)
        return inquiry.report.score

    return Disclosure(store, ADA, BANK).score(QUERY, InquiryKind.SOFT, respond)


def test_a_file_whose_freeze_changes_meanwhile_is_judged_again(store: CreditStore) -> None:
    tomorrow = iter([NewFreeze(all=FreezeTerms(start=now() + timedelta(days=1)))])

    def change_once() -> None:
        for new in tomorrow:
            store.place_freeze(ADA, store.freeze_state(ADA), new, BANK)

    assert disclosing(store, change_once) == 712
    assert len(inquiries(store)) == 1
    with pytest.raises(FileFrozen):
        disclosing(store, lambda: store.place_freeze(ADA, store.freeze_state(ADA), NewFreeze(all=FreezeTerms()), BANK))
    assert len(inquiries(store)) == 1


def test_a_file_whose_freeze_changes_all_the_time_is_not_waited_for_forever(store: CreditStore) -> None:
    tomorrow = NewFreeze(all=FreezeTerms(start=now() + timedelta(days=1)))
    with pytest.raises(InquiryNotRecorded):
        disclosing(store, lambda: store.place_freeze(ADA, store.freeze_state(ADA), tomorrow, BANK))
    assert (store.freeze_state(ADA).version, inquiries(store)) == (ATTEMPTS, [])
