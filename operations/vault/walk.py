"""Walks over the customers of the vault's tables, which can be interrupted and continued.

The data table stores the position of a job after each page, until the job fails for a customer:

    JOB#<job>  JOB   `goal`, `position`: end of the last page, empty after the last one; a job with another goal starts
                     from the beginning
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ParamValidationError

from functions.shared.aws.client import DynamoDB
from functions.shared.aws.transactions import Item
from functions.shared.plain.problems import Problem
from functions.ssn.store import SsnStore, WritesRefused
from functions.ssn.tables import File

PAGE = 100
_CUSTOMER = "CUS#"
_INDEX = "INDEX#"


class LastMark(Exception):
    """The mark is the number's only one. Without it, another customer could store the number."""


# Errors of one customer's items. The first four come from items that the service did not write.
NOT_DONE = (KeyError, TypeError, ValueError, ParamValidationError, WritesRefused, LastMark, Problem)


class ScanningDynamoDB(DynamoDB, Protocol):
    """A client that can scan, which no function's role allows."""

    def scan(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


@dataclass
class Progress:
    """Progress of a job.

    Attributes:
        seen: number of customers since the job was started or continued.
        done: number of customers that were changed, or whose chain is complete.
        failed: ids of the customers for whom the job failed, or the key of an item without a customer.
    """

    seen: int = 0
    done: int = 0
    failed: list[str] = field(default_factory=list)

    def fail(self, customer_id: str) -> None:
        """Add a customer to `failed`, once."""
        if customer_id not in self.failed:
            self.failed.append(customer_id)


class Walk:
    """Calls a step for each customer."""

    def __init__(self, client: ScanningDynamoDB, store: SsnStore) -> None:
        """Scan the tables of `store` with `client`."""
        self._client = client
        self._store = store

    def continued(self, job: str, goal: str, step: Callable[[File], bool]) -> Iterator[Progress]:
        """Call a step for each customer of the data table, from the stored position on; yield after each page.

        Args:
            job: name of the stored position.
            goal: result of the job; a position of another goal is ignored.
            step: returns True if it changed something. It must commit with an audit entry.
        """
        progress, table = Progress(), self._store.tables.data
        key = {"pk": {"S": f"JOB#{job}"}, "sk": {"S": "JOB"}}

        def save(position: Item) -> None:
            self._client.put_item(TableName=table, Item={**key, "goal": {"S": goal}, "position": {"M": position}})

        saved = self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        start = saved.get("position", {}).get("M", {}) if saved.get("goal") == {"S": goal} else {}
        save(start)  # From the first change on, the position of another goal is wrong.
        for customers, position in self.customers(table, start):
            for customer_id in customers:
                self.attempt(progress, customer_id, step)
            if not progress.failed:
                save(position)
            yield progress

    def attempt(self, progress: Progress, customer_id: str, step: Callable[[File], bool]) -> None:
        """Call a step for a customer and count the result."""
        progress.seen += 1
        try:
            progress.done += self._store.audited(customer_id, step)
        except NOT_DONE:
            progress.fail(customer_id)

    def customers(self, table: str, position: Item | None = None) -> Iterator[tuple[list[str], Item]]:
        """Yield for each page the ids of customers with items in a table, and the end of the page."""
        last = ""
        for items, end in self.scan(table, position):
            ids = [owner(item) for item in items if item["pk"]["S"].startswith((_CUSTOMER, _INDEX))]
            # A customer's items are adjacent, and may be on two pages.
            yield [customer_id for customer_id in dict.fromkeys(ids) if customer_id != last], end
            last = ids[-1] if ids else last

    def scan(self, table: str, position: Item | None = None) -> Iterator[tuple[Iterable[Item], Item]]:
        """Yield the items of each page of a table, and the end of the page."""
        while True:
            start = {"ExclusiveStartKey": position} if position else {}
            page = self._client.scan(
                TableName=table, ProjectionExpression="pk, sk, customer_id", ConsistentRead=True, Limit=PAGE, **start
            )
            position = page.get("LastEvaluatedKey", {})
            yield page["Items"], position
            if not position:
                return


def owner(item: Item) -> str:
    """Return the id of an item's customer, or the item's partition key if it has none."""
    key = str(item["pk"]["S"])
    customer_id = item.get("customer_id", {}).get("S") if key.startswith(_INDEX) else key.removeprefix(_CUSTOMER)
    return customer_id if isinstance(customer_id, str) else key
