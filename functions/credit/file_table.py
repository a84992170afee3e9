"""Requests to the credit files' table that the stores share. table.py describes the items."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from functions.credit import table
from functions.credit.table import FreezeState, Item
from functions.shared.aws.client import DynamoDB


@dataclass(frozen=True)
class FileTable:
    """Credit files' table. All reads are consistent.

    Attributes:
        client: sends the requests.
        name: of the table.
    """

    client: DynamoDB
    name: str

    def get(self, customer_id: str, sort: str) -> Item:
        """Return an item, or an empty one if it is missing.

        Raises:
            CreditFileNotFound: the id is not a customer's.
        """
        key = table.key(customer_id, sort)
        item: Item = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item", {})
        return item

    def get_unerased(self, customer_id: str, sort: str) -> Item:
        """Return an item of a file that is not erased, or an empty one if it is missing: one transaction.

        Raises:
            CreditFileNotFound: the id is not a customer's.
            CreditFileErased: the customer was erased.
        """
        gets = [{"Get": {"TableName": self.name, "Key": table.key(customer_id, key)}} for key in (table.STATE, sort)]
        state, item = [part.get("Item", {}) for part in self.client.transact_get_items(TransactItems=gets)["Responses"]]
        FreezeState.of(state)
        return dict(item)

    def with_state(self, customer_id: str, read: Callable[[], list[Item]]) -> list[Item]:
        """Return what `read` returns for a file that is not erased. Both are read at the same time.

        Raises:
            CreditFileErased: the customer was erased.
        """
        with ThreadPoolExecutor(max_workers=1) as threads:
            state = threads.submit(copy_context().run, self.get, customer_id, table.STATE)
            items = read()
            FreezeState.of(state.result())
        return items

    def query(self, customer_id: str, lower: str, upper: str, **more: Any) -> list[Item]:
        """Return the items of a file within an inclusive range of sort keys. `more` are members of the request.

        Raises:
            CreditFileNotFound: the id is not a customer's.
        """
        values = {":pk": table.partition(customer_id), ":lower": lower, ":upper": upper}
        response = self.client.query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :lower AND :upper",
            ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
            ConsistentRead=True,
            **more,
        )
        items: list[Item] = response["Items"]
        return items

    def check_state(self, customer_id: str, condition: Item) -> Item:
        """Return the write that checks a condition of the file's state."""
        return {"ConditionCheck": {"TableName": self.name, "Key": table.key(customer_id, table.STATE), **condition}}
