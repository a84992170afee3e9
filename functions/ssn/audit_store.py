"""DynamoDB queries of customers' audit entries."""

from functions.shared.aws.transactions import Item
from functions.ssn.audit import StoredEntry
from functions.ssn.chain import START, Link
from functions.ssn.errors import SsnNotFound
from functions.ssn.justifications import retention_end
from functions.ssn.keys import partition, sequence_key
from functions.ssn.store import SsnStore
from functions.ssn.tables import audit_entry, readable

LAST = 9_999_999_999


class AuditStore:
    """Reads audit chains, and verifies them."""

    def __init__(self, store: SsnStore) -> None:
        """Use the tables, the client and the chains of `store`."""
        self.store = store

    def chain(self, customer_id: str, newest: Link, limit: int) -> tuple[list[StoredEntry | None], bool]:
        """Read a part of a customer's audit chain: one query.

        Args:
            customer_id: id of the customer.
            newest: last entry of the part; START reads the end of the chain and never verifies it.
            limit: maximum number of entries.

        Returns:
            The entries, newest first, with None for an unreadable one; and True if the part is complete and unchanged.
        """
        response = self.store.client.query(
            TableName=self.store.tables.audit,
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
        return entries, complete and self.store.chain.holds(customer_id, newest, entries)

    def latest(self, customer_id: str, limit: int) -> tuple[list[StoredEntry | None], bool]:
        """Read the latest part of a customer's audit chain, which must end at its head: a read and two queries.

        Returns:
            See `chain`.

        Raises:
            SsnNotFound: the tables contain nothing about this customer.
        """
        # Read before the head, which moves in the same transaction: a complete chain has no entry after its head.
        newest = self.newest(customer_id)
        file = self.store.read(customer_id)
        entries, verified = self.chain(customer_id, file.head, limit)
        if file.head == START and not (entries or file.data or file.keys):
            raise SsnNotFound
        return entries, verified and file.head != START and newest.sequence <= file.head.sequence

    def justification_keys(self, customer_id: str) -> dict[int, bytes]:
        """Return a customer's keys of justifications by year, without those whose retention has ended: one query."""
        response = self.store.client.query(
            TableName=self.store.tables.justifications,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": partition(customer_id)},
            ConsistentRead=True,
        )
        with readable():
            keys = {int(item["sk"]["S"]): bytes(item["key"]["B"]) for item in response["Items"]}
        # DynamoDB deletes expired items days later.
        return {year: key for year, key in keys.items() if self.store.clock() < retention_end(year)}

    def delete_justification_key(self, key: Item) -> None:
        """Delete a key of justifications."""
        self.store.client.delete_item(TableName=self.store.tables.justifications, Key=key)

    def newest(self, customer_id: str) -> Link:
        """Return the newest entry in the audit table, whatever the head is. An unreadable one has the last number."""
        entries, _ = self.chain(customer_id, START, 1)
        if not entries:
            return START
        return Link(entries[0].sequence, entries[0].hash) if entries[0] else Link(LAST)
