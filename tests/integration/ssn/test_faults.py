"""Calls to AWS are lost, or their replies are, between any two steps: nothing is half done or told without an entry."""

import json
import os
from collections.abc import Callable
from functools import partial
from itertools import islice, product
from typing import Any, cast

import pytest

from functions.shared.aws.client import Attempting, DynamoDB, Kms, is_transient
from functions.shared.aws.errors import CallRefused, CallUnanswered
from functions.shared.aws.quota import Quotas
from functions.shared.plain.problems import Problem
from functions.ssn.audit import Requester, SsnAuditOutcome
from functions.ssn.blind_index import BlindIndex
from functions.ssn.chain import Chain, audit_key
from functions.ssn.consent_store import ConsentStore
from functions.ssn.consents import SsnConsent
from functions.ssn.erasure_service import ErasureService
from functions.ssn.errors import AuditNotRecorded, ConsentUsed, SsnAssigned
from functions.ssn.justifications import Justifications
from functions.ssn.models import SsnRevealRequest, SubmittedSsn
from functions.ssn.reveal_service import RevealService
from functions.ssn.service import SsnService
from functions.ssn.store import ATTEMPTS, SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    TABLES,
    WHY,
    acts,
    audit,
    consent,
    erase,
    get,
    lookup,
    put,
    reveal,
    stored,
    write,
)
from tests.support.clients import client_of
from tests.support.dynamodb import Table
from tests.support.faults import Faulty
from tests.support.faults import Outcome as Fault
from tests.support.gateway import Gateway

WHO = Requester(client_id="client", actor="usr_1", request_id="request")
NEW = SubmittedSsn.model_validate({"ssn": "601-20-7735"}).ssn
OLD = SubmittedSsn.model_validate({"ssn": "512-73-8046"}).ssn


def any_version(version: int) -> None:
    """No condition."""
    del version


class Before:
    """A client of which one operation is preceded by something."""

    def __init__(self, service: str, operation: str, first: Callable[[], object]) -> None:
        self._client = client_of(service)
        self._operation = operation
        self._first = first

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def preceded(**request: Any) -> Any:
            if name == self._operation:
                self._first()
            return call(**request)

        return preceded


class Broken:
    """The service, before an AWS that fails as planned."""

    def __init__(
        self,
        plan: dict[str, list[Fault]],
        meanwhile: Callable[[], object] = lambda: None,
        dynamodb: object = None,
        kms: object = None,
    ) -> None:
        self.dynamodb = Faulty(dynamodb or client_of("dynamodb"), plan, meanwhile)
        self.kms = Faulty(kms or client_of("kms"), plan)
        client, keys = cast("DynamoDB", Attempting(self.dynamodb)), cast("Kms", Attempting(self.kms))
        tables = Tables(*(os.environ[name] for name in TABLES))
        fields = {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"], SealedField.LAST4: os.environ["LAST4_KEY_ID"]}
        vault = Vault(keys, fields, "dossier-test-ssn")
        store, quotas = SsnStore(client, tables, Chain(audit_key)), Quotas(client, tables.data)
        self.store = SsnService(store, vault, BlindIndex(keys, {1: os.environ["INDEX_KEY_1_ID"]}, [1]), quotas)
        self.erasures = ErasureService(store, ConsentStore(store))
        self.reveals = RevealService(store, vault, quotas, Justifications(audit_key))


CONSENT: str = json.dumps(consent("c1"))
WORK: dict[str, Callable[[Broken], Any]] = {
    "create": lambda broken: broken.store.create(BOB, NEW, WHO),
    "replace": lambda broken: broken.store.replace(ADA, NEW, WHO, any_version),
    "erase": lambda broken: broken.erasures.delete(ADA, WHO, any_version),
    "verify": lambda broken: broken.store.verify(ADA, OLD, SsnConsent.model_validate_json(CONSENT), WHO),
    "lookup": lambda broken: broken.store.lookup(OLD, WHY["purpose"], WHO),  # type: ignore[arg-type]
    "reveal": lambda broken: broken.reveals.reveal(ADA, SsnRevealRequest.model_validate(WHY), WHO),
}
CALLS = (
    "transact_get_items",
    "transact_write_items",
    "update_item",
    "get_item",
    "generate_mac",
    "generate_data_key",
    "decrypt",
)
FAULTS: tuple[list[Fault], ...] = (["after"], ["before"] * 3, ["after"] * 3, ["throttled"] * 3)


def consistent(gateway: Gateway) -> None:
    """Every number that is stored is read, found and unique; every index item belongs to a number."""
    items = stored("TABLE_NAME", "KEYRING_NAME")
    living = {i["pk"]["S"] for i in items["TABLE_NAME"] if i["sk"]["S"] == "SSN" and "erased_at" not in i}
    keyed = {i["pk"]["S"]: bytes(i["index_1"]["B"]).hex() for i in items["KEYRING_NAME"] if i["sk"]["S"] == "KEYS"}
    index = {
        i["pk"]["S"].split("#")[2]: f"CUS#{i['customer_id']['S']}"
        for i in items["KEYRING_NAME"]
        if i["sk"]["S"] == "INDEX"
    }
    assert living == set(keyed)
    assert index == {mark: pk for pk, mark in keyed.items()}
    for pk in living:
        customer_id = pk.removeprefix("CUS#")
        assert get(gateway, customer_id).status == 200
        assert acts(gateway, customer_id)


@pytest.mark.parametrize("work", WORK)
def test_whatever_is_lost_all_of_it_is_done_or_nothing_and_what_is_told_is_audited(gateway: Gateway, work: str) -> None:
    faults = 0
    for call, plan in product(CALLS, FAULTS):
        put(gateway, "512-73-8046", ADA)
        broken = Broken({call: list(plan)})
        before = acts(gateway)
        told = attempted(broken, work)
        faults += broken.dynamodb.faults + broken.kms.faults
        if broken.dynamodb.faults + broken.kms.faults:
            consistent(gateway)
            made = acts(gateway)[len(before) :] if work != "create" else written(gateway)
            assert len(made) <= 1
            assert made or not told
        reset()
    assert faults >= 10


def attempted(broken: Broken, work: str) -> bool:
    """Whether it was done and told; what AWS's failures become is theirs, or ours with 503."""
    try:
        WORK[work](broken)
    except CallUnanswered:
        return False
    except CallRefused as error:
        if not is_transient(error):
            raise
        return False
    except Problem as problem:
        if problem.status != 503:
            raise
        return False
    return True


def written(gateway: Gateway) -> list[str]:
    """What stands in Bob's audit, if he has one."""
    return acts(gateway, BOB) if audit(gateway, BOB).status == 200 else []


def reset() -> None:
    """Empty the tables."""
    for name in TABLES:
        Table(os.environ[name], client_of("dynamodb")).empty()


@pytest.mark.parametrize("call", ["generate_mac", "generate_data_key", "decrypt"])
def test_keys_that_are_throttled_for_a_moment_delay_the_work_and_spoil_nothing(gateway: Gateway, call: str) -> None:
    put(gateway, "512-73-8046")
    for work in ("create", "reveal", "lookup", "erase"):
        broken = Broken({call: ["throttled", "throttled"]})
        assert attempted(broken, work)
    assert acts(gateway) == ["store done", "reveal done", "lookup done", "erase done"]


def test_a_lost_reply_to_a_number_that_was_stored_is_no_conflict(gateway: Gateway) -> None:
    broken = Broken({"transact_write_items": ["after"]})
    stored_number, is_new = broken.store.create(ADA, OLD, WHO)
    assert (stored_number.masked, is_new) == ("***-**-8046", True)
    assert (broken.dynamodb.faults, acts(gateway)) == (1, ["store done"])


def test_a_lost_reply_is_known_again_though_another_has_written_since(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    broken = Broken({"transact_write_items": ["after"]}, meanwhile=lambda: lookup(gateway, "512-73-8046"))
    assert broken.store.verify(ADA, OLD, SsnConsent.model_validate_json(CONSENT), WHO) is True
    assert acts(gateway) == ["store done", f"verify {SsnAuditOutcome.MATCH}", "lookup done"]


@pytest.mark.parametrize(("times", "told"), [(ATTEMPTS - 1, True), (ATTEMPTS, False)])
def test_others_who_come_first_are_waited_for_and_not_for_ever(gateway: Gateway, times: int, *, told: bool) -> None:
    put(gateway, "512-73-8046")
    left = iter(range(times))

    def overtake() -> None:
        if next(left, None) is not None:
            lookup(gateway, "512-73-8046")

    broken = Broken({}, dynamodb=Before("dynamodb", "transact_write_items", overtake))
    assert attempted(broken, "reveal") is told
    assert acts(gateway).count("reveal done") == told


def test_a_number_that_is_replaced_while_it_is_verified_is_compared_anew(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")

    def replace() -> None:
        put(gateway, "601-20-7735", if_match='"1"')

    broken = Broken({}, kms=Before("kms", "generate_mac", replace))
    assert broken.store.verify(ADA, OLD, SsnConsent.model_validate_json(CONSENT), WHO) is False
    assert get(gateway).json["verified"] is False


def once(act: Callable[[], object]) -> Callable[[], object]:
    """Does something the first time that it is called."""
    acts_left = [act]
    return lambda: acts_left.pop()() if acts_left else None


def test_a_consent_that_is_used_while_it_is_looked_at_is_used_once(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    given = SsnConsent.model_validate_json(CONSENT)
    use = once(lambda: Broken({}).store.verify(ADA, OLD, given, WHO))
    broken = Broken({}, dynamodb=Before("dynamodb", "transact_write_items", use))
    with pytest.raises(ConsentUsed):
        broken.store.verify(ADA, OLD, given, WHO)
    assert acts(gateway) == ["store done", "verify match"]


def test_a_consent_that_is_used_for_another_customer_meanwhile_is_refused_by_its_own_item(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    put(gateway, "601-20-7735", BOB)
    given = SsnConsent.model_validate_json(CONSENT)
    use = once(lambda: Broken({}).store.verify(BOB, OLD, given, WHO))
    broken = Broken({}, dynamodb=Before("dynamodb", "transact_write_items", use))
    with pytest.raises(ConsentUsed):
        broken.store.verify(ADA, OLD, given, WHO)
    assert acts(gateway) == ["store done"]


def test_without_the_audit_table_nothing_is_done_or_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    put(gateway, "512-73-8046")
    before = uncounted()
    monkeypatch.setenv("AUDIT_NAME", "no-such-table")
    for attempt in WORK.values():
        with pytest.raises(AuditNotRecorded):
            attempt(Broken({}))
    assert uncounted() == before


def uncounted() -> dict[str, list[dict[str, Any]]]:
    """What is stored of numbers: all but what the quotas count."""
    found = stored("TABLE_NAME", "KEYRING_NAME")
    return {name: [i for i in items if not i["pk"]["S"].startswith("QUOTA#")] for name, items in found.items()}


def test_a_conflict_that_cannot_be_audited_is_not_told(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    with pytest.raises(SsnAssigned):
        Broken({}).store.create(BOB, OLD, WHO)
    with pytest.raises(AuditNotRecorded):
        Broken({"transact_write_items": ["passes", "before", "before", "before"]}).store.create(BOB, OLD, WHO)


def test_an_erased_number_is_not_revealed_by_who_read_it_before(gateway: Gateway) -> None:
    put(gateway, "512-73-8046")
    assert reveal(gateway).status == 200
    erase(gateway)
    assert reveal(gateway).status == 410


@pytest.mark.parametrize("work", ["replace", "erase", "verify"])
def test_an_item_that_was_changed_without_its_audit_is_read_again_before_anything_is_done(
    gateway: Gateway, work: str
) -> None:
    put(gateway, "512-73-8046")
    (data,) = [item for item in stored("TABLE_NAME")["TABLE_NAME"] if item["sk"] == {"S": "SSN"}]

    changes = iter([{**data, "version": {"N": "7"}}])
    change = partial(write, "TABLE_NAME", islice(changes, 1))
    broken = Broken({}, dynamodb=Before("dynamodb", "transact_write_items", change))
    assert attempted(broken, work)
    assert len(acts(gateway)) == 2
    assert work == "erase" or get(gateway).json["version"] == 8
