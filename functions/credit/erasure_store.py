"""DynamoDB requests that erase a credit file.

Retained records are in a table that the ordinary function cannot read:

    FILE#<customer>  INQUIRY#<id>, NOTICE#<id>   `sealed` record (see sealing.py), and its `expires_at`
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache

from functions.credit import table
from functions.credit.erasure import Tombstone
from functions.credit.file_table import FileTable
from functions.credit.models import CreditReport
from functions.credit.retention import RetainedRecord
from functions.credit.sealing import Seals
from functions.credit.table import Item
from functions.shared.aws.client import dynamodb, kms
from functions.shared.aws.items import attributes, members
from functions.shared.aws.transactions import Refused, commit
from functions.shared.plain.clock import rfc3339

# A step writes its tombstone, and at most two items for each erased one. A transaction has at most 100 items.
STEP = 40


class ErasureStore:
    """Erases credit files, in steps that can be repeated."""

    def __init__(self, files: FileTable, retained: str, seals: Seals) -> None:
        """Use tables.

        Args:
            files: the credit files' table.
            retained: name of the retained records' table.
            seals: seals retained records.
        """
        self._files = files
        self._retained = retained
        self._seals = seals

    def begin(self, customer_id: str, erasure_id: str, at: datetime, require_match: Callable[[int], None]) -> Tombstone:
        """Return the tombstone of a file. Write it first if the file has none, also if the file is empty.

        Args:
            customer_id: id of the customer.
            erasure_id: id of the erasure.
            at: time of the erasure.
            require_match: raises a problem if the freeze's version is not the expected one. Not called for a tombstone.

        Raises:
            CreditFileNotFound: the id is not a customer's.
        """
        while True:
            item = self._files.get(customer_id, table.STATE)
            if "erased_at" in item:
                return Tombstone.model_validate(members(item))
            version = int(item["version"]["N"]) if item else 0
            require_match(version)
            tombstone = Tombstone(customer_id=customer_id, version=version, erasure_id=erasure_id, erased_at=at)
            of_list = {**table.key(customer_id, table.NO_INQUIRIES), "erased_at": {"S": rfc3339(at)}}
            writes = {
                "tombstone": self._put(tombstone, table.in_version(version)),
                "list": {"Put": {"TableName": self._files.name, "Item": of_list}},
            }
            if self._committed(writes):
                return tombstone

    def step(self, tombstone: Tombstone) -> Tombstone:
        """Erase the next items of a file and seal those that a law requires, in one transaction.

        Returns:
            The tombstone after this step, or after those of others that erase the same file.
        """
        customer_id = tombstone.customer_id
        stored = self._files.query(customer_id, table.FIRST, table.END, Limit=STEP + 2)
        items = [item for item in stored if "erased_at" not in item]
        reports = self._reports(customer_id) if any(map(_disclosed_many, items)) else {}
        records = {item["sk"]["S"]: RetainedRecord.of(item, reports, tombstone.erased_at) for item in items}
        kept = {sort: record for sort, record in records.items() if record is not None}
        after = tombstone.after(records.keys() - kept.keys(), kept.values()) if items else tombstone.complete()
        writes = {"tombstone": self._put(after, _after_steps(tombstone.steps))}
        writes |= {f"erase {sort}": self._delete(customer_id, sort) for sort in records}
        writes |= {f"keep {sort}": self._keep(customer_id, sort, record) for sort, record in kept.items()}
        return after if self._committed(writes) else self._read(customer_id)

    def completed(self, customer_id: str) -> bool:
        """Return whether a file was erased completely: one read.

        Raises:
            CreditFileNotFound: the id is not a customer's.
        """
        return self._files.get(customer_id, table.STATE).get("completed") == {"BOOL": True}

    def _read(self, customer_id: str) -> Tombstone:
        return Tombstone.model_validate(members(self._files.get(customer_id, table.STATE)))

    def _reports(self, customer_id: str) -> dict[str, CreditReport]:
        """Return all reports of a file, by id. A query returns at most 1 MB."""
        reports: dict[str, CreditReport] = {}
        lower = table.REPORT
        while items := self._files.query(customer_id, lower, table.REPORT + table.END):
            reports |= {item["id"]["S"]: CreditReport.model_validate(members(item)) for item in items}
            lower = table.after(items[-1]["sk"]["S"])
        return reports

    def _put(self, tombstone: Tombstone, condition: Item) -> Item:
        item = {**attributes(tombstone), **table.key(tombstone.customer_id, table.STATE)}
        return {"Put": {"TableName": self._files.name, "Item": item, **condition}}

    def _delete(self, customer_id: str, sort: str) -> Item:
        return {"Delete": {"TableName": self._files.name, "Key": table.key(customer_id, sort)}}

    def _keep(self, customer_id: str, sort: str, record: RetainedRecord) -> Item:
        sealed = self._seals.seal(customer_id, record.id, record.model_dump_json())
        item = {
            **table.key(customer_id, sort),
            **table.ttl(record.until),
            "sealed": {"L": [{"B": part} for part in sealed]},
        }
        return {"Put": {"TableName": self._retained, "Item": item}}

    def _committed(self, writes: Mapping[str, Item]) -> bool:
        try:
            commit(self._files.client, writes)
        except Refused:
            return False
        return True


@cache
def get_erasures() -> ErasureStore:
    """Return the erasures of this process.

    Environment:
        TABLE_NAME, RETAINED_NAME: the tables.
        RETAINED_KEY_ID: ARN of the key that seals retained records.
    """
    files = FileTable(dynamodb(), os.environ["TABLE_NAME"])
    return ErasureStore(files, os.environ["RETAINED_NAME"], Seals(kms(), os.environ["RETAINED_KEY_ID"]))


def _disclosed_many(item: Item) -> bool:
    return item["sk"]["S"].startswith(table.INQUIRY) and "report" not in item


def _after_steps(steps: int) -> Item:
    return {
        "ConditionExpression": "steps = :steps",
        "ExpressionAttributeValues": {":steps": {"N": str(steps)}},
    }
