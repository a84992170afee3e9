"""DynamoDB requests for customers' files. A change or disclosure is one transaction with its audit entry.

Each transaction has the condition that the head of the customer's audit chain has not moved since the file was read.
The head is therefore the file's lock. tables.py describes the items.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.aws.client import DynamoDB, error_name
from functions.shared.aws.transactions import Item, Refused, commit
from functions.shared.plain import log
from functions.shared.plain.clock import now
from functions.shared.plain.problems import RETRY_SOON
from functions.ssn.audit import START, Act, Chain, Link, SsnAuditEntry
from functions.ssn.errors import AuditNotRecorded, SsnNotFound
from functions.ssn.tables import (
    File,
    Tables,
    audit_entry,
    data_key,
    head_key,
    index_key,
    keys_key,
    link,
    partition,
    require_customer_id,
    sequence_key,
)
from functions.ssn.writes import Writer, Writes

# Attempts of a change while other changes of the same customer are committed first.
ATTEMPTS = 6
# Longest pause before the second attempt. It doubles before each following attempt.
PAUSE_SECONDS = 0.01
LAST = 9_999_999_999
_ENTRY = "audit entry"
_HEAD = "audit head"

Result = TypeVar("Result")


class Moved(Exception):
    """The file has changed since it was read."""


class WritesRefused(Exception):
    """Conditions of a transaction did not hold.

    Attributes:
        names: names of the refused writes.
    """

    def __init__(self, names: set[str]) -> None:
        super().__init__("a condition did not hold")
        self.names = names


class SsnStore:
    """Reads and writes customers' files."""

    def __init__(self, client: DynamoDB, tables: Tables, chain: Chain, clock: Callable[[], datetime] = now) -> None:
        """Use tables.

        Args:
            client: sends the requests.
            tables: names of the tables.
            chain: makes and checks audit entries.
            clock: returns the time that is stored.
        """
        self._client = client
        self._chain = chain
        self.tables = tables
        self.clock = clock
        self.write = Writer(tables, clock)

    def read(self, customer_id: str, *, extra: Item | None = None) -> File:
        """Read a customer's file in one transaction.

        Args:
            customer_id: id of the customer.
            extra: key of another item of the data table to read.

        Raises:
            SsnNotFound: no customer can have this id.
        """
        require_customer_id(customer_id)
        keys = [head_key(customer_id), *([extra] if extra else [])]
        data, keyring, head, *more = self._items(
            [*self._number_gets(customer_id), *(self._get(self.tables.data, key) for key in keys)]
        )
        return File(customer_id, data, keyring, link(head), more[0] if more else None)

    def read_number(self, customer_id: str) -> File:
        """Read a customer's file without the head of its audit chain: it cannot be changed.

        Raises:
            SsnNotFound: no customer can have this id.
        """
        require_customer_id(customer_id)
        data, keyring = self._items(self._number_gets(customer_id))
        return File(customer_id, data, keyring)

    def audited(self, customer_id: str, step: Callable[[File], Result], *, extra: Item | None = None) -> Result:
        """Read a file and call a step that commits. Repeats both while other changes of the customer come first.

        Raises:
            AuditNotRecorded: all attempts failed.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                # Full jitter keeps concurrent requests from meeting again.
                time.sleep(random.uniform(0, PAUSE_SECONDS * 2 ** (attempt - 1)))  # noqa: S311 - no secret
            file = self.read(customer_id, extra=extra)
            with suppress(Moved):
                return step(file)
        raise AuditNotRecorded("Other requests are changing the same customer. Try again.", headers=RETRY_SOON)

    def commit(self, file: File, act: Act, writes: Writes | None = None) -> None:
        """Write an audit entry together with other writes in one transaction.

        Raises:
            Moved: the file has changed since it was read.
            WritesRefused: conditions of `writes` did not hold.
            AuditNotRecorded: DynamoDB did not commit the transaction.
        """
        entry = self._chain.entry(file.customer_id, file.head, act, self.clock())
        audit = {
            _ENTRY: self.write.put_entry(file.customer_id, entry),
            _HEAD: self.write.put_head(file, Link(entry.sequence, entry.hash)),
        }
        try:
            self._commit({**audit, **(writes or {})})
        except WritesRefused as refused:
            if refused.names & audit.keys():
                raise Moved from None
            raise
        except (ClientError, BotoCoreError) as error:
            log.logger.error("audit not recorded", extra={"fields": {"error": error_name(error)}})
            raise AuditNotRecorded("Try again in a moment.", headers=RETRY_SOON) from None

    def catch_up(self, file: File, newest: Link, *, erased: bool) -> None:
        """Move the head of a restored data table to the newest entry; replace an erased number with its tombstone.

        Raises:
            WritesRefused: the head has moved.
        """
        shredded = self.write.shred(file, file.marks) if erased and "erased_at" not in file.data else {}
        self._commit({_HEAD: self.write.put_head(file, newest), **shredded})

    def restore_consent(self, client_id: str, consent_id: str) -> None:
        """Put a used consent into a restored data table."""
        item = self.write.use_consent(client_id, consent_id)["Put"]["Item"]
        self._client.put_item(TableName=self.tables.data, Item=item)

    def owner(self, version: int, mark: bytes) -> str | None:
        """Return the id of the customer with a mark: one consistent read."""
        response = self._client.get_item(
            TableName=self.tables.keyring, Key=index_key(version, mark), ConsistentRead=True
        )
        return response["Item"]["customer_id"]["S"] if "Item" in response else None

    def chain(self, customer_id: str, newest: Link, limit: int) -> tuple[list[SsnAuditEntry | None], bool]:
        """Read a part of a customer's audit chain: one query.

        Args:
            customer_id: id of the customer.
            newest: last entry of the part; START reads the end of the chain and never verifies it.
            limit: maximum number of entries.

        Returns:
            The entries, newest first, with None for an unreadable one; and True if the part is complete and unchanged.
        """
        response = self._client.query(
            TableName=self.tables.audit,
            KeyConditionExpression="pk = :pk AND sk <= :newest",
            ExpressionAttributeValues={
                ":pk": partition(customer_id),
                ":newest": sequence_key(newest.sequence or LAST),
            },
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        entries = [audit_entry(item) for item in response["Items"]]
        # A shorter part must reach the first entry.
        complete = len(entries) == min(limit, newest.sequence)
        return entries, complete and self._chain.holds(customer_id, newest, entries)

    def latest(self, customer_id: str, limit: int) -> tuple[list[SsnAuditEntry | None], bool]:
        """Read the latest part of a customer's audit chain, which must end at its head: a read and two queries.

        Returns:
            See `chain`.

        Raises:
            SsnNotFound: the tables contain nothing about this customer.
        """
        # Read before the head, which moves in the same transaction: a complete chain has no entry after its head.
        newest = self.newest(customer_id)
        file = self.read(customer_id)
        entries, verified = self.chain(customer_id, file.head, limit)
        if file.head == START and not (entries or file.data or file.keys):
            raise SsnNotFound
        return entries, verified and file.head != START and newest.sequence <= file.head.sequence

    def newest(self, customer_id: str) -> Link:
        """Return the newest entry in the audit table, whatever the head is. An unreadable one has the last number."""
        entries, _ = self.chain(customer_id, START, 1)
        if not entries:
            return START
        return Link(entries[0].sequence, entries[0].hash) if entries[0] else Link(LAST)

    def check(self) -> None:
        """Fail if the data or the keyring table cannot be read."""
        self._items(self._number_gets("HEALTH"))

    def _commit(self, writes: Writes) -> None:
        try:
            commit(self._client, writes)
        except Refused as refused:
            raise WritesRefused(set(refused.failed)) from None

    def _number_gets(self, customer_id: str) -> list[Item]:
        return [
            self._get(self.tables.data, data_key(customer_id)),
            self._get(self.tables.keyring, keys_key(customer_id)),
        ]

    def _get(self, table: str, key: Item) -> Item:
        return {"Get": {"TableName": table, "Key": key}}

    def _items(self, gets: list[Item]) -> list[Item]:
        response = self._client.transact_get_items(TransactItems=gets)
        return [part.get("Item", {}) for part in response["Responses"]]
