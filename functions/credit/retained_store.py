"""DynamoDB requests of the function for retained records. erasure_store.py describes the records.

Each read is an item of another table, which the function can add to, but neither read nor change:

    FILE#<customer>  <id of the read>   `caller`, `read_at`
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from functions.credit import table
from functions.credit.file_table import FileTable
from functions.credit.retention import RetainedRecord
from functions.credit.sealing import Seals
from functions.credit.table import Item
from functions.shared.aws.client import dynamodb, kms
from functions.shared.aws.items import attributes
from functions.shared.aws.transactions import commit, put_new
from functions.shared.plain.clock import now, rfc3339
from functions.shared.plain.ids import new_id
from functions.shared.requests.caller import Caller


@dataclass(frozen=True)
class RetainedStore:
    """Retained records, and the reads of them.

    Attributes:
        records: the retained records' table, whose keys are like those of the credit files.
        reads: name of the table of reads.
        seals: opens records.
        clock: returns the time, which decides what has expired.
    """

    records: FileTable
    reads: str
    seals: Seals
    clock: Callable[[], datetime] = now

    def read(
        self, customer_id: str, caller: Caller, limit: int, after: str | None
    ) -> tuple[list[RetainedRecord], str | None]:
        """Return a page of records, and the position of the next page. The read is stored first.

        Args:
            customer_id: id of the customer.
            caller: client that receives the records.
            limit: maximum number of records. Expired ones are left out of the page.
            after: position that the page before this one returned; None for the first page.

        Raises:
            CreditFileNotFound: the id is not a customer's.
        """
        at = self.clock()
        self._record(customer_id, caller, at)
        lower = table.after(after) if after else table.FIRST
        items = self.records.query(customer_id, lower, table.END, Limit=limit + 1)
        page = [item for item in items[:limit] if int(item["expires_at"]["N"]) > at.timestamp()]
        records = [self._opened(customer_id, item) for item in page]
        return records, items[limit - 1]["sk"]["S"] if len(items) > limit else None

    def _record(self, customer_id: str, caller: Caller, at: datetime) -> None:
        item = {
            **table.key(customer_id, new_id("read", at)),
            "caller": {"M": attributes(caller)},
            "read_at": {"S": rfc3339(at)},
        }
        commit(self.records.client, {"read": put_new(self.reads, item)})

    def _opened(self, customer_id: str, item: Item) -> RetainedRecord:
        record_id = item["sk"]["S"].partition("#")[2]
        parts = [bytes(part["B"]) for part in item["sealed"]["L"]]
        return RetainedRecord.model_validate_json(self.seals.open(customer_id, record_id, parts))


@cache
def get_retained() -> RetainedStore:
    """Return the retained records of this process.

    Environment:
        RETAINED_NAME, RETAINED_READS_NAME: the tables.
        RETAINED_KEY_ID: ARN of the key that opens records.
    """
    records = FileTable(dynamodb(), os.environ["RETAINED_NAME"])
    return RetainedStore(records, os.environ["RETAINED_READS_NAME"], Seals(kms(), os.environ["RETAINED_KEY_ID"]))
