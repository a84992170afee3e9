"""The vault's maintenance: jobs that go through all customers, can be interrupted, and can be run again.

Each looks at what is there and does what is missing, so that doing it twice does nothing. Where a job is that may take
long stands in the data table, saved after each page until somebody failed, so that the next run comes by there again:

    JOB#<what>  JOB   `goal`, `position` (the last page's end, empty when the job is through); with another goal, which
                      undoes what this one did, it starts from the beginning

What opens a number or changes what is kept of it stands in that customer's audit. A customer whose file cannot be
worked on, or read, is counted and named, and does not stop the others.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import ParamValidationError

from functions.shared.aws import DynamoDB
from functions.shared.problems import Problem
from functions.shared.transactions import Item, Refused
from functions.ssn.audit import START, Act, Link, Requester, SsnAuditAction, SsnAuditEntry
from functions.ssn.blind_index import BlindIndex
from functions.ssn.errors import SsnNotFound, SsnUnreadable
from functions.ssn.store import File, SsnStore
from functions.ssn.vault import SealedField, Vault

PAGE = 100
_CUSTOMER = "CUS#"
_INDEX = "INDEX#"
# What comes of one customer's items that are not as the service writes them (the first four), or that do not allow it.
_NOT_DONE = (KeyError, TypeError, ValueError, ParamValidationError, Refused, Problem)


class ScanningDynamoDB(DynamoDB, Protocol):
    """A client that may also scan, which no function's role may."""

    def scan(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


@dataclass
class Progress:
    """How far a job is.

    Attributes:
        seen: customers looked at, since the job was started or taken up again.
        done: of them, those for which there was something to do; of those that are verified, the whole ones.
        failed: ids of those for which it could not be done; what stands there in place of an id.
    """

    seen: int = 0
    done: int = 0
    failed: list[str] = field(default_factory=list)

    def fail(self, customer_id: str) -> None:
        """Name a customer, once."""
        if customer_id not in self.failed:
            self.failed.append(customer_id)


class Maintenance:
    """Does the jobs."""

    def __init__(
        self, client: ScanningDynamoDB, store: SsnStore, vault: Vault, index: BlindIndex, who: Requester
    ) -> None:
        """Work in the tables of `store`.

        Args:
            client: scans.
            store: reads and writes files.
            vault: opens every format and seals in the current one.
            index: knows the key of every version in question.
            who: stands in the audit.
        """
        self._client = client
        self._store = store
        self._vault = vault
        self._index = index
        self._who = who

    def mark(self, version: int) -> Iterator[Progress]:
        """Give every number its mark in a version of the index; after each page, how far it is.

        A number is opened before the entry that says so, which goes with its mark: of a job that ends in between,
        CloudTrail alone is the witness.
        """

        def step(file: File) -> bool:
            if not file.living or version in file.marks:
                return False
            number = self._vault.open(file.customer_id, SealedField.NUMBER, file.sealed(SealedField.NUMBER))
            mark = self._index.mark(number, version)
            writes = [
                self._store.put_mark(file.customer_id, version, mark),
                self._store.put_keys(file, {**file.marks, version: mark}),
            ]
            self._store.commit(file, self._act(SsnAuditAction.REINDEX, f"mark v{version}"), writes)
            return True

        return self._through(f"index-{version}", "mark", step)

    def unmark(self, version: int) -> Iterator[Progress]:
        """Take every number's mark in a version of the index away; after each page, how far it is."""

        def step(file: File) -> bool:
            if version not in file.marks:
                return False
            kept = {other: mark for other, mark in file.marks.items() if other != version}
            if not kept:
                raise Refused([])  # A number without a mark could be stored for another customer.
            writes = [
                self._store.delete_mark(file.customer_id, version, file.marks[version]),
                self._store.put_keys(file, kept),
            ]
            self._store.commit(file, self._act(SsnAuditAction.REINDEX, f"unmark v{version}"), writes)
            return True

        return self._through(f"index-{version}", "unmark", step)

    def reseal(self) -> Iterator[Progress]:
        """Seal every number that is not in the vault's current format anew; after each page, how far it is."""

        def step(file: File) -> bool:
            if not file.living:
                return False
            old = {each: file.sealed(each) for each in SealedField}
            if all(sealed.format == self._vault.sealing for sealed in old.values()):
                return False
            opened = {each: self._vault.open(file.customer_id, each, sealed) for each, sealed in old.items()}
            sealed = {each: self._vault.seal(file.customer_id, each, secret) for each, secret in opened.items()}
            writes = self._store.put_number(file, file.record, sealed, file.marks)
            self._store.commit(file, self._act(SsnAuditAction.RESEAL, f"format {self._vault.sealing}"), writes)
            return True

        return self._through("reseal", f"format {self._vault.sealing}", step)

    def verify_all(self) -> Iterator[Progress]:
        """Verify every customer's chain; `failed` are those whose chain is not whole. Nothing is written or saved."""
        progress = Progress()
        tables = self._store.tables
        for table in (tables.data, tables.audit, tables.keyring):
            # In the other tables, those of whom the data table knows nothing: head and number were deleted.
            whole = self._known_whole if table == tables.data else self._has_head
            for customers, _ in self._customers(table):
                for customer_id in customers:
                    if not whole(customer_id):
                        progress.fail(customer_id)
                    elif table == tables.data:
                        progress.done += 1
                progress.seen = progress.done + len(progress.failed)
                yield progress

    def verify(self, customer_id: str) -> bool:
        """Whether a customer's chain is whole, from its head to its first entry, and nothing lies beyond.

        Raises:
            SsnNotFound: nothing is known of such a customer.
        """
        try:
            return self._whole(customer_id)
        except SsnNotFound:
            raise
        except _NOT_DONE:
            return False

    def after_restore(self) -> Iterator[Progress]:
        """Bring a restored data table up to the audit, and the keyring up to both; always from the beginning.

        Heads that are behind are moved, tombstones that are missing are put again, and so are used consents. A chain is
        followed only where it is whole. Then what the keyring holds for customers without a number is deleted. Numbers
        that were stored or replaced since the backup are lost: their keys fit nothing, and whoever reads them is told
        so.
        """
        progress, tables = Progress(), self._store.tables
        for customers, _ in self._customers(tables.audit):
            for customer_id in customers:
                self._attempt(progress, customer_id, self._catch_up)
            yield progress
        for items, _ in self._scan(tables.keyring):
            found: dict[str, list[Item]] = {}
            for item in items:
                found.setdefault(_customer(item), []).append({name: item[name] for name in ("pk", "sk")})
            # Nothing is added to a chain that could not be followed.
            for customer_id in [each for each in found if each not in progress.failed]:
                self._attempt(progress, customer_id, partial(self._discard, found[customer_id]))
            yield progress

    def _catch_up(self, file: File) -> bool:
        newest = self._store.newest(file.customer_id)
        if newest.sequence <= file.head.sequence:
            return False
        since = self._since(file, newest)
        # Before the head, by which the next run knows what is left; there may be more than one transaction takes.
        for entry in since:
            if entry.consent:
                self._store.use_consent_again(entry.client_id, entry.consent.consent_id)
        self._store.catch_up(file, newest, erased=any(entry.action == SsnAuditAction.ERASE for entry in since))
        return True

    def _discard(self, keys: list[Item], file: File) -> bool:
        """Delete keys and marks of a customer without a number."""
        if file.living:
            return False
        writes = [self._store.discard(file.customer_id, key) for key in keys]
        self._store.commit(file, self._act(SsnAuditAction.REINDEX, "delete keys without a number"), writes)
        return True

    def _known_whole(self, customer_id: str) -> bool:
        try:
            return self.verify(customer_id)
        except SsnNotFound:
            return False

    def _has_head(self, customer_id: str) -> bool:
        try:
            return self._store.read(customer_id).head != START
        except _NOT_DONE:
            return False

    def _whole(self, customer_id: str) -> bool:
        beyond = self._store.newest(customer_id)
        # Read after the newest entry, with which it moves: it is never behind.
        file = self._store.read(customer_id)
        newest = file.head
        if newest == beyond == START and not (file.data or file.keys):
            raise SsnNotFound
        if newest == START or beyond.sequence > newest.sequence:
            return False
        while newest != START:
            entries, whole = self._store.chain(customer_id, newest, PAGE)
            if not whole:
                return False
            last = entries[-1]
            newest = Link(last.sequence - 1, last.previous) if last else START
        return True

    def _since(self, file: File, newest: Link) -> list[SsnAuditEntry]:
        """The entries between a file's head and the newest, that one included, newest first."""
        found: list[SsnAuditEntry] = []
        while newest.sequence > file.head.sequence:
            entries, whole = self._store.chain(file.customer_id, newest, PAGE)
            if not whole:
                raise SsnUnreadable
            found += [entry for entry in entries if entry and entry.sequence > file.head.sequence]
            newest = Link(found[-1].sequence - 1, found[-1].previous)
        if newest != file.head:
            raise SsnUnreadable
        return found

    def _act(self, action: SsnAuditAction, purpose: str) -> Act:
        return Act(**self._who.model_dump(), action=action, purpose=purpose)

    def _through(self, job: str, goal: str, step: Callable[[File], bool]) -> Iterator[Progress]:
        progress, table = Progress(), self._store.tables.data
        key = {"pk": {"S": f"JOB#{job}"}, "sk": {"S": "JOB"}}

        def save(position: Item) -> None:
            self._client.put_item(TableName=table, Item={**key, "goal": {"S": goal}, "position": {"M": position}})

        saved = self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        start = saved.get("position", {}).get("M", {}) if saved.get("goal") == {"S": goal} else {}
        save(start)  # Where another goal's job ended says nothing any more, from the first customer on.
        for customers, position in self._customers(table, start):
            for customer_id in customers:
                self._attempt(progress, customer_id, step)
            if not progress.failed:
                save(position)
            yield progress

    def _attempt(self, progress: Progress, customer_id: str, step: Callable[[File], bool]) -> None:
        progress.seen += 1
        try:
            progress.done += self._store.audited(customer_id, step)
        except _NOT_DONE:
            progress.fail(customer_id)

    def _customers(self, table: str, position: Item | None = None) -> Iterator[tuple[list[str], Item]]:
        """The ids of all customers who have items in a table, and where each page ends, empty at the end."""
        last = ""
        for items, end in self._scan(table, position):
            found = [_customer(item) for item in items if item["pk"]["S"].startswith((_CUSTOMER, _INDEX))]
            # A customer's items stand side by side, and may stand on two pages.
            yield [customer_id for customer_id in dict.fromkeys(found) if customer_id != last], end
            last = found[-1] if found else last

    def _scan(self, table: str, position: Item | None = None) -> Iterator[tuple[Iterable[Item], Item]]:
        while True:
            start = {"ExclusiveStartKey": position} if position else {}
            page = self._client.scan(
                TableName=table, ProjectionExpression="pk, sk, customer_id", ConsistentRead=True, Limit=PAGE, **start
            )
            position = page.get("LastEvaluatedKey", {})
            yield page["Items"], position
            if not position:
                return


def _customer(item: Item) -> str:
    """Whose an item is: a mark names its customer, all else stands under theirs. Its key, where it is nobody's."""
    key = str(item["pk"]["S"])
    named = item.get("customer_id", {}).get("S") if key.startswith(_INDEX) else key.removeprefix(_CUSTOMER)
    return named if isinstance(named, str) else key
