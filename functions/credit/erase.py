"""DynamoDB requests that erase a credit file."""

import os
from functools import cache

from functions.credit import table
from functions.shared.aws.client import DynamoDB, dynamodb
from functions.shared.plain.clock import now, rfc3339
from functions.shared.plain.erasure import Erasure


class Eraser:
    """Erases credit files."""

    def __init__(self, client: DynamoDB, table_name: str) -> None:
        """Use `table_name` through `client`."""
        self._client = client
        self._table = table_name

    def erase(self, customer_id: str, erasure_id: str) -> Erasure:
        """Write a tombstone, which refuses later writes, and delete all other items of the file."""
        del erasure_id
        tombstone = {**table.key(customer_id, table.STATE), "erased_at": {"S": rfc3339(now())}}
        self._client.put_item(TableName=self._table, Item=tombstone)
        count = 0
        while items := self._items(customer_id):
            for item in items:
                self._client.delete_item(TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]})
            count += len(items)
        return Erasure(erased={"items": count} if count else {})

    def _items(self, customer_id: str) -> list[table.Item]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": table.partition(customer_id)}},
            ConsistentRead=True,
        )
        return [item for item in answer["Items"] if item["sk"]["S"] != table.STATE]


@cache
def get_eraser() -> Eraser:
    """Return the eraser of this process, on the table that TABLE_NAME names."""
    return Eraser(dynamodb(), os.environ["TABLE_NAME"])
