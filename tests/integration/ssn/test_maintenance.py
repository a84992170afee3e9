"""The vault's maintenance: what each job does, that it goes on where it ended, and that twice is once."""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from functions.shared.aws.boto import BotocoreCalls
from functions.shared.aws.client import kms
from functions.shared.aws.errors import CallRefused
from functions.ssn import vault as formats
from functions.ssn.audit import Requester
from functions.ssn.blind_index import BlindIndex
from functions.ssn.chain import Chain, audit_key
from functions.ssn.environment import get_audit, get_erasures, index_versions
from functions.ssn.store import SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault
from operations.vault import walk
from operations.vault.__main__ import NotDone, rotate_index
from operations.vault.jobs import Maintenance
from operations.vault.walk import Progress
from tests.integration.ssn.conftest import forget
from tests.integration.ssn.vault import (
    ADA,
    BOB,
    TABLES,
    acts,
    audit,
    consent,
    consents,
    erase,
    get,
    lookup,
    put,
    remove,
    restore,
    reveal,
    revoke,
    stored,
    verify,
    write,
)
from tests.support.clients import client_of
from tests.support.gateway import Gateway

CUSTOMERS = [f"cus_01JD8Z4Q7X9V5T3R1N0M2K4H{at:02}" for at in range(7)]
NUMBERS = [f"5127380{at:02}" for at in range(7)]


@pytest.fixture
def work(gateway: Gateway) -> Maintenance:
    """The jobs, on the service's tables."""
    del gateway
    return jobs_in(formats.FORMAT)


def jobs_in(version: int, client: Any = None) -> Maintenance:
    """The jobs of a release that seals in a format."""
    client = client or client_of("dynamodb")
    tables = Tables(*(os.environ[name] for name in TABLES))
    marks = {version: os.environ[f"INDEX_KEY_{version}_ID"] for version in (1, 2)}
    return Maintenance(
        client,
        SsnStore(client, tables, Chain(audit_key)),
        sealing(version),
        BlindIndex(kms(), marks, [1, 2]),
        Requester(client_id="maintenance", actor="operator", request_id="run-1"),
    )


@pytest.fixture
def customers(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """The service, with seven numbers, and pages of a few items."""
    monkeypatch.setattr(walk, "PAGE", 3)
    for customer_id, ssn in zip(CUSTOMERS, NUMBERS, strict=True):
        assert put(gateway, ssn, customer_id).status == 201
    return gateway


def sealing(version: int) -> Vault:
    """A vault that seals in a format."""
    fields = {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"], SealedField.LAST4: os.environ["LAST4_KEY_ID"]}
    return Vault(kms(), fields, "dossier-test-ssn", version)


def use(monkeypatch: pytest.MonkeyPatch, versions: str) -> None:
    """Deploy the service with these versions of the index."""
    monkeypatch.setenv("INDEX_VERSIONS", versions)
    forget()


def last(job: Iterator[Progress]) -> Progress:
    """How far a job is in the end."""
    *_, progress = job
    return progress


def marks(version: int) -> int:
    """How many index items there are of a version."""
    return sum(item["pk"]["S"].startswith(f"INDEX#{version}#") for item in stored("KEYRING_NAME")["KEYRING_NAME"])


def test_an_index_is_rotated_without_a_moment_in_which_a_number_is_not_found_or_can_be_taken_twice(
    customers: Gateway, work: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole() -> None:
        assert [lookup(customers, ssn).json["customer_id"] for ssn in NUMBERS] == CUSTOMERS
        assert [put(customers, ssn, BOB).json["code"] for ssn in NUMBERS[:2]] == ["ssn_assigned"] * 2

    whole()
    use(monkeypatch, "1,2")
    put(customers, "601207735", ADA)
    whole()
    assert (last(work.mark(2)).done, marks(1), marks(2)) == (7, 8, 8)
    use(monkeypatch, "2")
    whole()
    assert (last(work.unmark(1)).done, marks(1), marks(2)) == (8, 0, 8)
    whole()
    assert lookup(customers, "601207735").json == {"customer_id": ADA}
    assert [last(job).done for job in (work.mark(2), work.unmark(1))] == [0, 0]


def test_an_interrupted_job_goes_on_where_it_ended(customers: Gateway, work: Maintenance) -> None:
    del customers
    [first] = islice(work.mark(2), 1)
    before = first.done
    assert 0 < before < 7
    rest = last(work.mark(2))
    assert (before + rest.done, rest.seen < 7) == (7, True)
    assert last(work.mark(2)).seen == 7


class Setting:
    """The versions of the index that the service uses, set as a deployment would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.used: list[list[int]] = []

    def versions(self) -> list[int]:
        """Those in use."""
        return index_versions()

    def use(self, wanted: list[int]) -> None:
        """Use these."""
        use(self._monkeypatch, ",".join(map(str, wanted)))
        self.used.append(wanted)


def test_a_rotation_that_was_turned_back_and_taken_up_again_loses_no_number(
    customers: Gateway, work: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting(monkeypatch)
    use(monkeypatch, "1,2")
    [first] = islice(work.mark(2), 1)
    assert first.done
    rotate_index(setting, work, 1)
    assert (setting.used, marks(1), marks(2)) == ([[1]], 7, 0)
    put(customers, "601207735", ADA)
    rotate_index(setting, work, 2)
    assert (setting.used[1:], marks(1), marks(2)) == ([[1, 2], [2]], 0, 8)
    assert [lookup(customers, ssn).json["customer_id"] for ssn in NUMBERS] == CUSTOMERS
    assert [put(customers, ssn, BOB).json["code"] for ssn in NUMBERS] == ["ssn_assigned"] * 7


def test_a_job_that_was_undone_starts_from_the_beginning(customers: Gateway, work: Maintenance) -> None:
    del customers
    for job, undoing in [(work.mark, work.unmark), (work.unmark, work.mark)]:
        [first] = islice(job(2), 1)
        assert 0 < first.seen < 7
        assert last(undoing(2)).seen == 7
        assert last(job(2)).done == 7


def test_the_index_is_not_switched_while_a_look_from_the_beginning_finds_numbers_without_a_mark(
    customers: Gateway, work: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    del customers
    setting = Setting(monkeypatch)
    use(monkeypatch, "1,2")
    next(work.mark(2))
    keyring = stored("KEYRING_NAME")["KEYRING_NAME"]
    marked = next(item for item in keyring if "index_2" in item)
    remove("KEYRING_NAME", next(i for i in keyring if i["pk"]["S"] == f"INDEX#2#{bytes(marked['index_2']['B']).hex()}"))
    write("KEYRING_NAME", [{name: value for name, value in marked.items() if name != "index_2"}])
    with pytest.raises(NotDone, match="The second pass found numbers without a mark"):
        rotate_index(setting, work, 2)
    assert setting.versions() == [1, 2]
    rotate_index(setting, work, 2)
    assert (setting.versions(), marks(1), marks(2)) == ([2], 0, 7)


def test_the_index_is_not_switched_while_one_number_cannot_be_marked(
    customers: Gateway, work: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    del customers
    setting = Setting(monkeypatch)
    keys = next(item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["pk"]["S"] == f"CUS#{CUSTOMERS[3]}")
    remove("KEYRING_NAME", keys)
    for _ in range(2):
        with pytest.raises(NotDone, match=CUSTOMERS[3]):
            rotate_index(setting, work, 2)
    assert setting.versions() == [1, 2]
    write("KEYRING_NAME", [keys])
    rotate_index(setting, work, 2)
    assert (setting.versions(), marks(1), marks(2)) == ([2], 0, 7)


def test_the_index_is_not_switched_when_another_one_changed_it_meanwhile(
    customers: Gateway, work: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    del customers
    setting = Setting(monkeypatch)
    monkeypatch.setattr(setting, "versions", lambda: [1])
    with pytest.raises(NotDone, match="Another process changed"):
        rotate_index(setting, work, 2)
    assert setting.used == [[1, 2]]


def test_requests_under_way_are_waited_for_however_a_rotation_is_taken_up(
    customers: Gateway, work: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    del customers
    setting = Setting(monkeypatch)
    use(monkeypatch, "2,1")
    rotate_index(setting, work, 1)
    assert setting.used == [[2, 1], [1]]
    rotate_index(setting, work, 1)
    assert setting.used[2:] == [[1]]


class Throttled:
    """A client whose first transaction is refused."""

    def __init__(self) -> None:
        self._client = BotocoreCalls(client_of("dynamodb"))
        self._refusals = ["ThrottlingException"]

    def __getattr__(self, operation: str) -> Any:
        """The client's operation."""
        return getattr(self._client, operation)

    def transact_write_items(self, **request: Any) -> Any:
        """Refuse once."""
        if self._refusals:
            raise CallRefused(self._refusals.pop(), 400)
        return self._client.transact_write_items(**request)


def test_whoever_failed_is_tried_again_after_an_interruption(customers: Gateway) -> None:
    del customers
    work = jobs_in(formats.FORMAT, Throttled())
    *_, interrupted = islice(work.mark(2), 2)
    assert len(interrupted.failed) == 1
    again = last(work.mark(2))
    assert (again.failed, marks(2)) == ([], 7)


def test_what_a_job_opens_or_changes_stands_in_the_audit_of_the_customer(customers: Gateway, work: Maintenance) -> None:
    last(work.mark(2))
    last(work.unmark(1))
    assert acts(customers, CUSTOMERS[0]) == ["store done", "reindex done", "reindex done"]
    newest, before = audit(customers, CUSTOMERS[0]).json["items"][:2]
    assert [entry["purpose"] for entry in (before, newest)] == ["mark v2", "unmark v1"]
    assert (newest["client_id"], newest["actor"], newest["request_id"]) == ("maintenance", "operator", "run-1")


def test_a_numbers_only_mark_is_not_taken_away(customers: Gateway, work: Maintenance) -> None:
    del customers
    assert last(work.unmark(1)).failed == CUSTOMERS
    assert marks(1) == 7


def test_a_customer_that_cannot_be_worked_on_is_named_and_the_others_are_done(
    customers: Gateway, work: Maintenance
) -> None:
    del customers
    keys = next(item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["pk"]["S"] == f"CUS#{CUSTOMERS[3]}")
    remove("KEYRING_NAME", keys)
    progress = last(work.mark(2))
    assert (progress.done, progress.failed) == (6, [CUSTOMERS[3]])


def test_an_erased_number_is_neither_marked_nor_sealed_anew(customers: Gateway, work: Maintenance) -> None:
    erase(customers, CUSTOMERS[0])
    assert (last(work.mark(2)).done, last(work.reseal()).done) == (6, 0)


def test_numbers_are_sealed_in_a_new_format_and_stay_what_they_were(
    customers: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [get(customers, customer_id).json for customer_id in CUSTOMERS]
    monkeypatch.setitem(formats.CIPHERS, 2, ChaCha20Poly1305)
    work = jobs_in(2)
    [first] = islice(work.reseal(), 1)
    assert 0 < first.done < 7
    assert [get(customers, customer_id).json for customer_id in CUSTOMERS] == before
    assert first.done + last(work.reseal()).done == 7
    blobs = [item[name]["B"] for item in data() for name in ("ssn", "ssn_last4")]
    assert {blob[0] for blob in map(bytes, blobs)} == {2}
    assert [get(customers, customer_id).json for customer_id in CUSTOMERS] == before
    assert [reveal(customers, each).json["ssn"].replace("-", "") for each in CUSTOMERS] == NUMBERS
    assert acts(customers, CUSTOMERS[0]) == ["store done", "reseal done", "reveal done"]
    assert last(work.reseal()).done == 0


def data() -> list[dict[str, Any]]:
    """The numbers' items."""
    return [item for item in stored("TABLE_NAME")["TABLE_NAME"] if item["sk"] == {"S": "SSN"}]


def test_every_chain_is_verified_and_a_broken_one_is_named(customers: Gateway, work: Maintenance) -> None:
    for _ in range(8):
        lookup(customers, NUMBERS[2])
    assert last(work.verify_all()).failed == []
    entries = [item for item in stored("AUDIT_NAME")["AUDIT_NAME"] if item["pk"]["S"] == f"CUS#{CUSTOMERS[2]}"]
    remove("AUDIT_NAME", next(entry for entry in entries if entry["sk"]["S"] == "0000000003"))
    progress = last(work.verify_all())
    assert (progress.failed, progress.done, progress.seen) == ([CUSTOMERS[2]], 6, 7)


@pytest.mark.parametrize("lost", ["head", "head and number", "nothing"])
def test_a_chain_without_a_head_is_found_even_where_nothing_else_is_left(
    customers: Gateway, work: Maintenance, lost: str
) -> None:
    del customers
    for item in stored("TABLE_NAME")["TABLE_NAME"]:
        if item["pk"]["S"] == f"CUS#{CUSTOMERS[5]}" and item["sk"]["S"].lower() in lost.replace(
            "head", "audit"
        ).replace("number", "ssn"):
            remove("TABLE_NAME", item)
    assert last(work.verify_all()).failed == ([CUSTOMERS[5]] if lost != "nothing" else [])


@pytest.mark.parametrize("left", ["KEYS", "INDEX"])
def test_whoever_stands_in_the_keyring_alone_is_found(customers: Gateway, work: Maintenance, left: str) -> None:
    del customers
    for name in TABLES:
        for item in stored(name)[name]:
            if CUSTOMERS[5] in {item["pk"]["S"][4:], item.get("customer_id", {}).get("S")} and item["sk"]["S"] != left:
                remove(name, item)
    assert last(work.verify_all()).failed == [CUSTOMERS[5]]


@pytest.mark.parametrize(
    ("table", "sort", "changed"),
    [
        ("TABLE_NAME", "AUDIT", {"hash": None}),
        ("TABLE_NAME", "AUDIT", {"sequence": {"S": "1"}}),
        ("TABLE_NAME", "AUDIT", {"sequence": {"N": "1.5"}}),
        ("TABLE_NAME", "SSN", {"ssn": {"S": "blob"}}),
        ("KEYRING_NAME", "KEYS", {"index_x": {"B": b"mark"}}),
        ("KEYRING_NAME", "KEYS", {"ssn": {"S": "key"}}),
        ("KEYRING_NAME", "KEYS", {"ssn": {"B": b""}}),
    ],
)
def test_an_item_that_cannot_be_read_stops_no_job_and_is_named(
    customers: Gateway, work: Maintenance, table: str, sort: str, changed: dict[str, Any]
) -> None:
    del customers
    key = {"pk": {"S": f"CUS#{CUSTOMERS[3]}"}, "sk": {"S": sort}}
    item = {**next(item for item in stored(table)[table] if item.items() >= key.items()), **changed}
    write(table, [{name: value for name, value in item.items() if value is not None}])
    marked = last(work.mark(2))
    assert (marked.failed, marked.done) == ([CUSTOMERS[3]], 6)
    told = [CUSTOMERS[3]] if sort == "AUDIT" else []
    assert (last(work.verify_all()).failed, last(work.after_restore()).failed) == (told, told)


def test_an_id_that_no_customer_has_is_named_wherever_it_stands(customers: Gateway, work: Maintenance) -> None:
    del customers
    key = {"pk": {"S": "CUS#x"}, "sk": {"S": "0000000001"}}
    write("AUDIT_NAME", [key])
    write("KEYRING_NAME", [{"pk": {"S": "INDEX#1#00"}, "sk": {"S": "INDEX"}}])
    assert last(work.verify_all()).failed == ["x", "INDEX#1#00"]
    assert last(work.after_restore()).failed == ["x", "INDEX#1#00"]
    assert last(work.mark(2)).failed == []
    write("TABLE_NAME", [{**key, "sk": {"S": "SSN"}}])
    assert last(work.unmark(2)).failed == ["x"]


def test_a_restored_data_table_is_brought_up_to_the_audit_and_tombstones_are_replayed(
    customers: Gateway, work: Maintenance
) -> None:
    backup = stored("TABLE_NAME")
    erase(customers, CUSTOMERS[0])
    for _ in range(5):
        lookup(customers, NUMBERS[1])
    restore(backup)
    assert lookup(customers, NUMBERS[1]).status == 503
    progress = last(work.after_restore())
    assert (progress.done, progress.failed) == (2, [])
    assert get(customers, CUSTOMERS[0]).status == 410
    assert lookup(customers, NUMBERS[1]).status == 200
    assert last(work.verify_all()).failed == []
    assert last(work.after_restore()).done == 0


@pytest.mark.parametrize("kept", ["KEYS INDEX", "KEYS", "INDEX"])
def test_keys_and_marks_that_come_back_for_an_erased_number_are_deleted_again(
    customers: Gateway, work: Maintenance, kept: str
) -> None:
    backup = stored("KEYRING_NAME")
    erase(customers, CUSTOMERS[0])
    left = stored("KEYRING_NAME")["KEYRING_NAME"]
    write("KEYRING_NAME", [i for i in backup["KEYRING_NAME"] if i not in left and i["sk"]["S"] in kept])
    assert last(work.after_restore()).failed == []
    assert stored("KEYRING_NAME")["KEYRING_NAME"] == left
    newest = audit(customers, CUSTOMERS[0]).json["items"][0]
    assert (newest["action"], newest["purpose"]) == ("reindex", "delete keys without a number")
    assert put(customers, NUMBERS[0], BOB).status == 201
    assert last(work.verify_all()).failed == []
    assert last(work.after_restore()).done == 0


def test_a_number_that_a_restore_took_is_free_again(customers: Gateway, work: Maintenance) -> None:
    backup = stored("TABLE_NAME")
    put(customers, "601207735", ADA)
    restore(backup)
    assert put(customers, "601207735", BOB).json["code"] == "ssn_assigned"
    assert last(work.after_restore()).failed == []
    assert put(customers, "601207735", BOB).status == 201
    assert put(customers, "601207736", ADA).status == 201
    assert set(acts(customers, ADA)[1:-1]) == {"reindex done"}
    assert last(work.verify_all()).failed == []


def test_after_a_restore_a_consent_that_was_used_since_is_no_good_again(customers: Gateway, work: Maintenance) -> None:
    given = [consent(f"consent-{at}") for at in range(3)]
    verify(customers, NUMBERS[0], given[0], CUSTOMERS[0])
    backup = stored("TABLE_NAME")
    for each in given[1:]:
        verify(customers, NUMBERS[0], each, CUSTOMERS[0])
    restore(backup)
    assert last(work.after_restore()).failed == []
    answers = [verify(customers, NUMBERS[0], each, CUSTOMERS[0]) for each in given]
    assert [answer.json["code"] for answer in answers] == ["consent_used"] * 3


def test_after_a_restore_used_consents_are_listed_and_revoked_ones_are_refused(
    customers: Gateway, work: Maintenance
) -> None:
    backup = stored("TABLE_NAME")
    verify(customers, NUMBERS[0], consent("used"), CUSTOMERS[0])
    revoke(customers, "revoked", CUSTOMERS[0])
    before = consents(customers, CUSTOMERS[0]).json["items"]
    restore(backup)
    assert last(work.after_restore()).failed == []
    [listed] = consents(customers, CUSTOMERS[0]).json["items"]
    assert {**listed, "used_at": ""} == {**before[0], "used_at": ""}
    assert verify(customers, NUMBERS[0], consent("revoked"), CUSTOMERS[0]).json["code"] == "consent_revoked"


@pytest.mark.parametrize("used", ["before the backup", "after the backup"])
def test_a_restore_brings_no_consent_of_an_erased_customer_back(
    customers: Gateway, work: Maintenance, used: str
) -> None:
    backup = stored("TABLE_NAME")
    verify(customers, NUMBERS[0], consent("c1"), CUSTOMERS[0])
    if used == "before the backup":
        backup = stored("TABLE_NAME")
    get_erasures().erase(CUSTOMERS[0], "era_1")
    get_erasures().erase(BOB, "era_2")
    restore(backup)
    assert last(work.after_restore()).failed == []
    assert [item for item in stored("TABLE_NAME")["TABLE_NAME"] if "consent_id" in item] == []
    for customer_id in (CUSTOMERS[0], BOB):
        assert get(customers, customer_id).json["code"] == "ssn_erased"
    assert verify(customers, NUMBERS[1], consent("c1"), CUSTOMERS[1]).json["code"] == "consent_used"
    assert last(work.after_restore()).done == 0


def test_nothing_is_deleted_or_written_for_whom_the_chain_cannot_be_followed(
    customers: Gateway, work: Maintenance
) -> None:
    backup = stored("TABLE_NAME")
    put(customers, "601207735", ADA)
    restore(backup)
    # Where the first entry is gone, the next one would fit.
    remove("AUDIT_NAME", {"pk": {"S": f"CUS#{ADA}"}, "sk": {"S": "0000000001"}})
    write("AUDIT_NAME", [{"pk": {"S": f"CUS#{ADA}"}, "sk": {"S": "0000000009"}, "action": {"NULL": True}}])
    before = stored()
    assert last(work.after_restore()).failed == [ADA]
    assert stored() == before


@pytest.mark.parametrize("sequence", ["0000000001", "0000000003", "0000000004"])
def test_after_a_restore_a_chain_that_was_tampered_with_is_not_followed(
    customers: Gateway, work: Maintenance, sequence: str
) -> None:
    backup = stored("TABLE_NAME")
    for _ in range(3):
        lookup(customers, NUMBERS[1])
    restore(backup)
    entries = [item for item in stored("AUDIT_NAME")["AUDIT_NAME"] if item["pk"]["S"] == f"CUS#{CUSTOMERS[1]}"]
    entry = next(entry for entry in entries if entry["sk"]["S"] == sequence)
    write("AUDIT_NAME", [{**entry, "client_id": {"S": "nobody"}}])
    # What the head was made from is behind the backup; verifying finds it.
    assert last(work.after_restore()).failed == ([] if sequence == "0000000001" else [CUSTOMERS[1]])
    assert CUSTOMERS[1] in last(work.verify_all()).failed


def test_an_entry_that_cannot_be_read_counts_as_the_last(customers: Gateway, work: Maintenance) -> None:
    write("AUDIT_NAME", [{"pk": {"S": f"CUS#{ADA}"}, "sk": {"S": "0000000009"}, "action": {"NULL": True}}])
    assert ADA in last(work.verify_all()).failed
    assert get_audit().read(ADA, 10, None)[0].verified is False
    assert get(customers, ADA).status == 404
