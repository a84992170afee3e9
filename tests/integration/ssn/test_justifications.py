"""Justifications of reveals are stored encrypted, and cannot be read after their retention; the chain verifies."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.shared.aws.client import kms
from functions.ssn.audit import Requester
from functions.ssn.blind_index import BlindIndex
from functions.ssn.environment import get_audit, get_erasures, get_reveal_service
from functions.ssn.justifications import RETENTION_YEARS, Justifications, retention_end
from functions.ssn.models import SsnRevealRequest
from functions.ssn.store import SsnStore
from functions.ssn.vault import Vault
from operations.vault.jobs import Maintenance
from tests.integration.ssn.conftest import Sent
from tests.integration.ssn.leaks import leaves
from tests.integration.ssn.vault import ADA, BOB, WHY, acts, audit, put, remove, restore, reveal, stored, write
from tests.support.clients import client_of
from tests.support.gateway import Gateway

TEXT = WHY["justification"]
WHO = Requester(client_id="client", actor="usr_1", request_id="request")


@pytest.fixture
def revealed(gateway: Gateway) -> Gateway:
    """The service, after two reveals of Ada's number."""
    put(gateway, "512-73-8046")
    assert reveal(gateway).status == 200
    assert reveal(gateway, justification="Form W-2 of the tax year").status == 200
    return gateway


def shown(gateway: Gateway) -> list[tuple[str | None, str | None]]:
    """The texts of Ada's reveals and the reasons why they are missing, oldest first."""
    entries = audit(gateway, limit=100).json["items"]
    return [
        (entry["justification"], entry["justification_missing"])
        for entry in reversed(entries)
        if entry["action"] == "reveal"
    ]


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    """Let the functions store and read at another time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(get_reveal_service()._store, "clock", lambda: at)  # noqa: SLF001 - all services share the store
        yield


def jobs(at: datetime) -> Maintenance:
    """The vault's jobs at a time."""
    store = get_reveal_service()._store  # noqa: SLF001 - its tables and client
    later = SsnStore(store.client, store.tables, store.chain, lambda: at)
    return Maintenance(client_of("dynamodb"), later, Vault(kms(), {}, "vault"), BlindIndex(kms(), {}, [1]), WHO)


def test_no_table_contains_a_text_and_the_audit_shows_it(revealed: Gateway) -> None:
    assert shown(revealed) == [(TEXT, None), ("Form W-2 of the tax year", None)]
    pile = [leaf if isinstance(leaf, str) else leaf.decode("latin-1") for leaf in leaves(stored())]
    assert [leaf for leaf in pile if TEXT in leaf or "W-2" in leaf] == []


def test_a_customer_has_one_key_a_year_which_no_other_customer_shares(revealed: Gateway) -> None:
    put(revealed, "601-20-7735", BOB)
    reveal(revealed, BOB)
    keys = stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"]
    year = datetime.now(UTC).year
    assert sorted((item["pk"]["S"], item["sk"]["S"]) for item in keys) == [
        (f"CUS#{ADA}", str(year)),
        (f"CUS#{BOB}", str(year)),
    ]
    assert len({bytes(item["key"]["B"]) for item in keys}) == 2
    assert {int(item["expires_at"]["N"]) for item in keys} == {int(retention_end(year).timestamp())}


def test_the_retention_is_five_years_after_the_end_of_the_year() -> None:
    assert RETENTION_YEARS == 5
    assert retention_end(2026) == datetime(2032, 1, 1, tzinfo=UTC)


def test_a_page_with_a_text_costs_one_more_query_and_no_call_to_kms(sent: Sent, gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    reveal(gateway)
    sent.clear()
    audit(gateway)
    assert [operation for operation, _ in sent] == ["Query", "TransactGetItems", "Query", "Query"]


def test_a_deleted_key_takes_the_text_away_and_the_chain_still_verifies(revealed: Gateway) -> None:
    end = retention_end(datetime.now(UTC).year)
    *_, early = jobs(end - timedelta(seconds=1)).expire_justifications()
    assert (early.seen, early.done) == (1, 0)
    assert shown(revealed) == [(TEXT, None), ("Form W-2 of the tax year", None)]
    *_, expired = jobs(end).expire_justifications()
    assert (expired.seen, expired.done, expired.failed) == (1, 1, [])
    assert stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"] == []
    assert shown(revealed) == [(None, "unreadable")] * 2
    with clock(end):
        assert shown(revealed) == [(None, "retention_ended")] * 2
    assert acts(revealed) == ["store done", "reveal done", "reveal done"]
    *_, verified = jobs(end).verify_all()
    assert (verified.done, verified.failed) == (1, [])


def test_a_key_whose_retention_has_ended_opens_nothing_although_it_is_not_deleted_yet(revealed: Gateway) -> None:
    assert len(stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"]) == 1
    with clock(retention_end(datetime.now(UTC).year)):
        assert shown(revealed) == [(None, "retention_ended")] * 2


def test_each_year_has_its_own_key(revealed: Gateway) -> None:
    year = datetime.now(UTC).year
    with clock(datetime(year + 1, 1, 1, tzinfo=UTC)):
        assert reveal(revealed).status == 200
    keys = stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"]
    assert sorted(int(item["sk"]["S"]) for item in keys) == [year, year + 1]
    *_, expired = jobs(retention_end(year)).expire_justifications()
    assert expired.done == 1
    assert shown(revealed)[-1] == (TEXT, None)
    assert shown(revealed)[0] == (None, "unreadable")


@pytest.mark.parametrize(
    "changed",
    [
        {"ciphertext": {"S": "not base64"}},
        {"ciphertext": {"S": "AAAA"}},
        {"ciphertext": {"S": ""}},
        {"year": {"N": "1999"}},
    ],
)
def test_a_changed_ciphertext_is_not_shown_and_the_chain_does_not_verify(
    revealed: Gateway, changed: dict[str, Any]
) -> None:
    [*_, entry] = sorted(stored("AUDIT_NAME")["AUDIT_NAME"], key=lambda item: item["sk"]["S"])
    sealed = {"M": {**entry["sealed_justification"]["M"], **changed}}
    write("AUDIT_NAME", [{**entry, "sealed_justification": sealed}])
    page = audit(revealed).json
    missing = "retention_ended" if "year" in changed else "unreadable"
    assert page["verified"] is False
    assert (page["items"][0]["justification"], page["items"][0]["justification_missing"]) == (None, missing)


def test_a_key_that_was_changed_is_refused_before_anything_is_revealed(revealed: Gateway) -> None:
    [item] = stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"]
    write("JUSTIFICATIONS_NAME", [{**item, "key": {"S": "text"}}])
    for answer in (reveal(revealed), audit(revealed)):
        assert (answer.status, answer.json["code"]) == (500, "ssn_unreadable")
    write("JUSTIFICATIONS_NAME", [{**item, "sk": {"S": "soon"}}])
    *_, progress = jobs(retention_end(2026)).expire_justifications()
    assert progress.failed == [ADA]


def test_the_texts_stay_after_an_erasure_which_says_how_long(revealed: Gateway) -> None:
    result = get_erasures().erase(ADA, "era_1")
    year = datetime.now(UTC).year
    assert [(each.what, each.why, each.until) for each in result.retained] == [
        ("audit entries", "16 CFR 314.4(c)(8)", None),
        ("justifications", "15 USC 1681p", retention_end(year)),
    ]
    assert shown(revealed) == [(TEXT, None), ("Form W-2 of the tax year", None)]


def test_a_restore_of_the_data_table_loses_no_text(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    backup = stored("TABLE_NAME")
    reveal(gateway)
    restore(backup)
    *_, repaired = jobs(datetime.now(UTC)).after_restore()
    assert repaired.failed == []
    assert shown(gateway) == [(TEXT, None)]


def test_a_key_that_appears_meanwhile_is_used(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    put(gateway, "512-73-8046")
    reveal(gateway)
    [item] = stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"]
    remove("JUSTIFICATIONS_NAME", item)
    service = get_reveal_service()
    seal = service._justifications.seal  # noqa: SLF001 - between the read and the write

    def overtaken(*arguments: Any) -> Any:
        write("JUSTIFICATIONS_NAME", [item])
        return seal(*arguments)

    monkeypatch.setattr(service._justifications, "seal", overtaken)  # noqa: SLF001
    assert service.reveal(ADA, SsnRevealRequest.model_validate(WHY), WHO).ssn == "512-73-8046"
    assert stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"] == [item]
    assert shown(gateway) == [(TEXT, None)] * 2


def test_a_text_opens_only_with_the_audits_key(revealed: Gateway) -> None:
    audit_service = get_audit()
    assert shown(revealed)[0] == (TEXT, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_service, "_justifications", Justifications(lambda: bytes(32)))
        assert shown(revealed)[0] == (None, "unreadable")
