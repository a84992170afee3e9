"""The vault's maintenance: jobs that go through all customers, can be interrupted, and can be run again.

Each looks at what is there and does what is missing, so that doing it twice does nothing. Where a job is stands in the
data table, saved after each page:

    JOB#<name>  JOB   `position` (customer of the last page's end), empty when the job is through

What opens a number or changes what is kept of it stands in that customer's audit. A customer whose file cannot be
worked on is counted and named, and does not stop the others.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from functions.shared.aws import DynamoDB
from functions.shared.problems import Problem
from functions.shared.transactions import Item, Refused
from functions.ssn.audit import START, Act, Action, AuditEntry, Link, Who
from functions.ssn.errors import SsnUnreadable
from functions.ssn.index import BlindIndex
from functions.ssn.ledger import LAST, File, Ledger
from functions.ssn.vault import Field, Vault

PAGE = 100
_CUSTOMER = "CUS#"


class ScanningDynamoDB(DynamoDB, Protocol):
    """A client that may also scan, which no function's role may."""

    def scan(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


@dataclass
class Progress:
    """How far a job is.

    Attributes:
        seen: customers looked at, since the job was started or taken up again.
        done: of them, those for which there was something to do.
        failed: ids of those for which it could not be done.
    """

    seen: int = 0
    done: int = 0
    failed: list[str] = field(default_factory=list)


class Maintenance:
    """Does the jobs."""

    def __init__(self, client: ScanningDynamoDB, ledger: Ledger, vault: Vault, index: BlindIndex, who: Who) -> None:
        """Work in the tables of `ledger`.

        Args:
            client: scans.
            ledger: reads and writes files.
            vault: opens every format and seals in the current one.
            index: knows the key of every version in question.
            who: stands in the audit.
        """
        self._client = client
        self._ledger = ledger
        self._vault = vault
        self._index = index
        self._who = who

    def mark(self, version: int) -> Iterator[Progress]:
        """Give every number its mark in a version of the index; after each page, how far it is."""

        def step(file: File) -> bool:
            if not file.data or "erased_at" in file.data or version in file.marks:
                return False
            number = self._vault.open(file.customer_id, Field.NUMBER, file.sealed(Field.NUMBER))
            mark = self._index.mark(number, version)
            writes = [
                self._ledger.put_mark(file.customer_id, version, mark),
                self._ledger.put_keys(file, {**file.marks, version: mark}),
            ]
            self._ledger.commit(file, self._act(Action.REINDEX, f"mark v{version}"), writes)
            return True

        return self._through(f"mark-{version}", step)

    def unmark(self, version: int) -> Iterator[Progress]:
        """Take every number's mark in a version of the index away; after each page, how far it is."""

        def step(file: File) -> bool:
            if version not in file.marks:
                return False
            kept = {other: mark for other, mark in file.marks.items() if other != version}
            if not kept:
                raise Refused([])  # A number without a mark could be stored for another customer.
            writes = [
                self._ledger.delete_mark(file.customer_id, version, file.marks[version]),
                self._ledger.put_keys(file, kept),
            ]
            self._ledger.commit(file, self._act(Action.REINDEX, f"unmark v{version}"), writes)
            return True

        return self._through(f"unmark-{version}", step)

    def reseal(self) -> Iterator[Progress]:
        """Seal every number that is not in the vault's current format anew; after each page, how far it is."""

        def step(file: File) -> bool:
            if not file.data or "erased_at" in file.data:
                return False
            old = {each: file.sealed(each) for each in Field}
            if all(sealed.format == self._vault.sealing for sealed in old.values()):
                return False
            opened = {each: self._vault.open(file.customer_id, each, sealed) for each, sealed in old.items()}
            sealed = {each: self._vault.seal(file.customer_id, each, secret) for each, secret in opened.items()}
            writes = self._ledger.put_number(file, file.record, sealed, file.marks)
            self._ledger.commit(file, self._act(Action.RESEAL, f"format {self._vault.sealing}"), writes)
            return True

        return self._through(f"reseal-{self._vault.sealing}", step)

    def verify_all(self) -> Iterator[Progress]:
        """Verify every customer's chain; `failed` are those whose chain is not whole. Nothing is written."""
        progress = Progress()
        tables = self._ledger.tables
        for table in (tables.data, tables.audit):
            for customers, _ in self._pages(table, {}):
                for customer_id in customers:
                    # In the audit, those of whom the data table knows nothing: head and number were deleted.
                    if table == tables.data or self._ledger.read(customer_id).head == START:
                        progress.seen += 1
                        if not self.verify(customer_id):
                            progress.failed.append(customer_id)
                yield progress

    def verify(self, customer_id: str) -> bool:
        """Whether a customer's chain is whole, from its head to its first entry, and nothing lies beyond."""
        beyond = self._newest(customer_id)
        # Read after the newest entry, with which it moves: it is never behind.
        file = self._ledger.read(customer_id)
        newest = file.head
        if (newest == START and file.data) or beyond.sequence > newest.sequence:
            return False
        while newest != START:
            entries, whole = self._ledger.chain(customer_id, newest, PAGE)
            if not whole:
                return False
            last = entries[-1]
            newest = Link(last.sequence - 1, last.previous) if last else START
        return True

    def after_restore(self) -> Iterator[Progress]:
        """Bring a restored data table up to the audit: heads that are behind, tombstones that are missing.

        A chain is followed only where it is whole. Numbers that were stored or replaced since the backup are lost:
        their keys fit nothing, and whoever reads them is told so.
        """

        def step(file: File) -> bool:
            newest = self._newest(file.customer_id)
            if newest.sequence <= file.head.sequence:
                return False
            erased = any(entry.action == Action.ERASE for entry in self._since(file, newest))
            self._ledger.catch_up(file, newest, erased=erased)
            return True

        return self._through("after-restore", step, self._ledger.tables.audit)

    def _since(self, file: File, newest: Link) -> list[AuditEntry]:
        """The entries between a file's head and the newest, that one included, newest first."""
        found: list[AuditEntry] = []
        while newest.sequence > file.head.sequence:
            entries, whole = self._ledger.chain(file.customer_id, newest, PAGE)
            if not whole:
                raise SsnUnreadable
            found += [entry for entry in entries if entry and entry.sequence > file.head.sequence]
            newest = Link(found[-1].sequence - 1, found[-1].previous)
        if newest != file.head:
            raise SsnUnreadable
        return found

    def _newest(self, customer_id: str) -> Link:
        """The newest entry that there is, whatever the head says; one that cannot be read counts as the last."""
        entries, _ = self._ledger.chain(customer_id, START, 1)
        if not entries:
            return START
        return Link(entries[0].sequence, entries[0].hash) if entries[0] else Link(LAST)

    def _act(self, action: Action, purpose: str) -> Act:
        return Act(**self._who.model_dump(), action=action, purpose=purpose)

    def _through(self, job: str, step: Callable[[File], bool], table: str = "") -> Iterator[Progress]:
        progress, key = Progress(), {"pk": {"S": f"JOB#{job}"}, "sk": {"S": "JOB"}}
        table = table or self._ledger.tables.data
        saved = self._client.get_item(TableName=self._ledger.tables.data, Key=key, ConsistentRead=True).get("Item", {})
        for customers, position in self._pages(table, saved.get("position", {}).get("M", {})):
            for customer_id in customers:
                progress.seen += 1
                try:
                    progress.done += self._ledger.audited(customer_id, step)
                except (SsnUnreadable, Refused, Problem):
                    progress.failed.append(customer_id)
            item = {**key, "position": {"M": position}}
            self._client.put_item(TableName=self._ledger.tables.data, Item=item)
            yield progress

    def _pages(self, table: str, position: Item) -> Iterator[tuple[list[str], Item]]:
        """The ids of all customers who have items in a table, and where each page ends, empty at the end."""
        last = ""
        while True:
            start = {"ExclusiveStartKey": position} if position else {}
            page = self._client.scan(
                TableName=table, ProjectionExpression="pk, sk", ConsistentRead=True, Limit=PAGE, **start
            )
            found = [item["pk"]["S"] for item in page["Items"] if item["pk"]["S"].startswith(_CUSTOMER)]
            # A customer's items stand side by side, and may stand on two pages.
            customers = [pk for pk in dict.fromkeys(found) if pk != last]
            last = found[-1] if found else last
            position = page.get("LastEvaluatedKey", {})
            yield [pk.removeprefix(_CUSTOMER) for pk in customers], position
            if not position:
                return
