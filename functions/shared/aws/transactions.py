"""Transactions that recognise their own earlier attempt.

A response can be lost after DynamoDB has committed. The conditions of the next attempt then fail because of the first
attempt's items: a success looks like a conflict. So each conditional Put contains a token of its transaction. If the
table contains the token of a refused transaction, the transaction was committed. DynamoDB's own ClientRequestToken
works for ten minutes only, and not in every emulator.

At least one item of a transaction must stay unchanged, such as an entry of a history.
"""

from typing import Any
from uuid import uuid4

from functions.shared.aws.client import DynamoDB, is_transient
from functions.shared.aws.errors import REFUSED, CallRefused

TOKEN = "write_token"  # noqa: S105 - the name of an attribute

Item = dict[str, Any]


class Refused(Exception):
    """A transaction whose conditions failed.

    Attributes:
        found: for each write in order: the item that made its condition fail (empty if no item exists), or None if the
            condition was true.
    """

    def __init__(self, found: list[Item | None]) -> None:
        super().__init__("a condition failed")
        self.found = found

    def by(self, position: int) -> bool:
        """Return whether the condition of the write at this position failed."""
        return self.found[position] is not None


def put_new(table: str, item: Item) -> Item:
    """Return the write of an item that must not exist yet."""
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def commit(client: DynamoDB, writes: list[Item]) -> None:
    """Make writes in one transaction.

    Args:
        client: makes up to three attempts (see `aws.attempt`).
        writes: as in TransactItems. At least one Put has a condition, unless the writes may be made twice.

    Raises:
        Refused: conditions failed, and this transaction was not committed before.
        CallFailed: another error.
    """
    token = str(uuid4())
    for write in writes:
        [(kind, request)] = write.items()
        if "ConditionExpression" in request:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            if kind == "Put":
                request["Item"] = {**request["Item"], TOKEN: {"S": token}}
    try:
        client.transact_write_items(TransactItems=writes, ClientRequestToken=token)
    except CallRefused as error:
        found = _in_the_way(error)
        # In a conflict with another transaction, the conditions are known only after that one ends.
        if is_transient(error) or not any(item is not None for item in found):
            raise
        if not any(item and item.get(TOKEN) == {"S": token} for item in found):
            raise Refused(found) from None


def _in_the_way(error: CallRefused) -> list[Item | None]:
    return [reason.item if reason.code == REFUSED else None for reason in error.reasons]
