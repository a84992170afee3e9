"""Transactions that recognise their own earlier attempt.

A response can be lost after DynamoDB has committed. The conditions of the next attempt then fail because of the first
attempt's items: a success looks like a conflict. So each conditional Put contains a token of its transaction. If the
table contains the token of a refused transaction, the transaction was committed. DynamoDB's own ClientRequestToken
works for ten minutes only, and not in every emulator.

At least one item of a transaction must stay unchanged, such as an entry of a history.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from functions.shared.aws.client import DynamoDB, is_transient
from functions.shared.aws.errors import REFUSED, CallRefused

TOKEN = "write_token"  # noqa: S105 - the name of an attribute

Item = dict[str, Any]


class Refused(Exception):
    """A transaction whose conditions failed.

    Attributes:
        failed: the stored item of each write whose condition failed, by the write's name. Empty if no item is stored.
    """

    def __init__(self, failed: Mapping[str, Item]) -> None:
        super().__init__("a condition failed")
        self.failed = failed


def put_new(table: str, item: Item) -> Item:
    """Return the write of an item that must not exist yet."""
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def commit(client: DynamoDB, writes: Mapping[str, Item]) -> None:
    """Make writes in one transaction.

    Args:
        client: makes up to three attempts (see `client.attempt`).
        writes: items of TransactItems, by name. At least one Put has a condition, unless the writes may be made twice.

    Raises:
        Refused: conditions failed, and this transaction was not committed before.
        CallFailed: another error.
    """
    token = str(uuid4())
    for write in writes.values():
        [(kind, request)] = write.items()
        if "ConditionExpression" in request:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            if kind == "Put":
                request["Item"] = {**request["Item"], TOKEN: {"S": token}}
    try:
        client.transact_write_items(TransactItems=list(writes.values()), ClientRequestToken=token)
    except CallRefused as error:
        reasons = zip(writes, error.reasons, strict=False)
        failed = {name: reason.item for name, reason in reasons if reason.code == REFUSED}
        # In a conflict with another transaction, the conditions are known only after that one ends.
        if is_transient(error) or not failed:
            raise
        if not any(item.get(TOKEN) == {"S": token} for item in failed.values()):
            raise Refused(failed) from None
