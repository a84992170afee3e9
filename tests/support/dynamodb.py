"""Looks into tables, and DynamoDB as a store meets it on its worse days: ports that stand before moto's client."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from moto.dynamodb.models import dynamodb_backends
from mypy_boto3_dynamodb import DynamoDBClient

from functions.shared.aws.client import DynamoDB
from functions.shared.aws.errors import CallRefused, Reason


@dataclass
class Table:
    """A table with the keys `pk` and `sk`."""

    name: str
    client: DynamoDBClient

    def items(self) -> list[dict[str, Any]]:
        """Every item, as DynamoDB holds it."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.name)
        return [dict(item) for page in pages for item in page["Items"]]

    def empty(self) -> None:
        """Delete every item, in moto itself: with a call for each, tests would spend a fifth of their time here."""
        [backend] = [regions["us-east-1"] for regions in dynamodb_backends.values() if "us-east-1" in regions]
        backend.tables[self.name].items.clear()


class Indexes:
    """The indexes of customers in memory: what a store puts into them, and pages that end where a test wants.

    DynamoDB ends a page after Limit items or 1 MB and says where to go on, even where nothing is left to come.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
    """

    def __init__(self, cuts: Iterator[int]) -> None:
        """Make pages of at most as many items as `cuts` tells, one after the other; 0 makes no progress but a key."""
        self.items: list[dict[str, Any]] = []
        self._cuts = cuts

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Take in what is put into the indexes."""
        put = [write["Put"]["Item"] for write in request["TransactItems"]]
        self.items += [item for item in put if "listing" in item]
        return {}

    def query(self, **request: Any) -> dict[str, Any]:
        """A page of a partition."""
        index, sort = (request["ExpressionAttributeNames"][name] for name in ("#partition", "#sort"))
        first, last = (request["ExpressionAttributeValues"][name]["S"] for name in (":first", ":last"))
        partition = [
            item for item in self.items if item.get(index) == request["ExpressionAttributeValues"][":partition"]
        ]
        descending = not request["ScanIndexForward"]
        inside = sorted(
            (item for item in partition if first <= item[sort]["S"] <= last),
            key=lambda item: str(item[sort]["S"]),
            reverse=descending,
        )
        most = min(request["Limit"], next(self._cuts))
        if not inside or len(inside) < most:
            return {"Items": inside}
        end = inside[most - 1][sort]["S"] if most else _beside(inside[0][sort]["S"], 1 if descending else -1)
        return {"Items": inside[:most], "LastEvaluatedKey": {sort: {"S": end}}}


def _beside(key: str, step: int) -> str:
    return key[:-1] + chr(ord(key[-1]) + step)


class _Refusing:
    def __init__(self, error: CallRefused) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def refuse(**_: Any) -> None:
            raise self._error

        return refuse


def refusing(error: str, *reasons: str) -> DynamoDB:
    """Refuses every call with this error; `reasons` are those of a cancelled transaction."""
    return cast("DynamoDB", _Refusing(CallRefused(error, 400, reasons=tuple(Reason(code, {}) for code in reasons))))
