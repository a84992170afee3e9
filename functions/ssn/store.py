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

from functions.shared.aws.client import DynamoDB, error_name
from functions.shared.aws.errors import CallFailed
from functions.shared.aws.transactions import Item, Refused, commit
from functions.shared.plain import log
from functions.shared.plain.clock import now
from functions.shared.plain.problems import RETRY_SOON
from functions.ssn.audit import Act
from functions.ssn.chain import Chain, Link
from functions.ssn.errors import AuditNotRecorded
from functions.ssn.keys import data_key, head_key, index_key, keys_key
from functions.ssn.tables import File, Place, Tables, Tombstone, link, require_customer_id
from functions.ssn.writes import Writer, Writes

# Attempts of a change while other changes of the same customer are committed first.
ATTEMPTS = 6
# Longest pause before the second attempt. It doubles before each following attempt.
PAUSE_SECONDS = 0.01
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
        self.client = client
        self.chain = chain
        self.tables = tables
        self.clock = clock
        self.write = Writer(tables, clock)

    def read(self, customer_id: str, *, extra: Place | None = None) -> File:
        """Read a customer's file in one transaction.

        Args:
            customer_id: id of the customer.
            extra: place of another item to read.

        Raises:
            SsnNotFound: no customer can have this id.
        """
        require_customer_id(customer_id)
        places = [Place(self.tables.data, head_key(customer_id)), *([extra] if extra else [])]
        data, keyring, head, *more = self._items(
            [*self._number_gets(customer_id), *(self._get(place.table, place.key) for place in places)]
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

    def audited(self, customer_id: str, step: Callable[[File], Result], *, extra: Place | None = None) -> Result:
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
        entry = self.chain.entry(file.customer_id, file.head, act, self.clock())
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
        except CallFailed as error:
            log.logger.error("audit not recorded", extra={"fields": {"error": error_name(error)}})
            raise AuditNotRecorded("Try again in a moment.", headers=RETRY_SOON) from None

    def catch_up(self, file: File, newest: Link, tombstone: Tombstone | None) -> None:
        """Move the head of a restored data table to the newest entry, and put the tombstone of an erasure again.

        Raises:
            WritesRefused: the head has moved.
        """
        shredded = self.write.shred(file, tombstone, file.marks) if tombstone and not file.tombstone else {}
        self._commit({_HEAD: self.write.put_head(file, newest), **shredded})

    def restore_consent(self, writes: Writes) -> None:
        """Use or revoke a consent again in a restored data table, unless it contains the consent."""
        with suppress(WritesRefused):
            self._commit(writes)

    def owner(self, version: int, mark: bytes) -> str | None:
        """Return the id of the customer with a mark: one consistent read."""
        response = self.client.get_item(
            TableName=self.tables.keyring, Key=index_key(version, mark), ConsistentRead=True
        )
        return response["Item"]["customer_id"]["S"] if "Item" in response else None

    def check(self) -> None:
        """Fail if the data or the keyring table cannot be read."""
        self._items(self._number_gets("HEALTH"))

    def _commit(self, writes: Writes) -> None:
        try:
            commit(self.client, writes)
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
        response = self.client.transact_get_items(TransactItems=gets)
        return [part.get("Item", {}) for part in response["Responses"]]
