"""All-or-nothing writes that know their own work again.

A reply can be lost after DynamoDB has committed. The next attempt then meets what the first has written, and its
conditions fail: a success that looks like a conflict. So each conditional Put carries a token of its transaction, and
a refused transaction whose token stands in the table was committed. DynamoDB's own ClientRequestToken says so too, for
ten minutes and where it is emulated; the token in the item holds everywhere.

A transaction in which a later one may overwrite every item needs one that stays, such as an entry of a history.
"""

from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from functions.shared.aws import REFUSED, DynamoDB, is_transient

TOKEN = "write_token"  # noqa: S105 - the name of an attribute

Item = dict[str, Any]


class Refused(Exception):
    """Conditions of a transaction did not hold.

    Attributes:
        found: for each write, in order: the item that stands in its way (empty where there is none), or None where the
            condition held.
    """

    def __init__(self, found: list[Item | None]) -> None:
        super().__init__("a condition did not hold")
        self.found = found

    def by(self, position: int) -> bool:
        """Whether the condition of the write at this position failed."""
        return self.found[position] is not None


def put_new(table: str, item: Item) -> Item:
    """The write of an item that must not be there yet."""
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def commit(client: DynamoDB, writes: list[Item]) -> None:
    """Make writes as one transaction.

    Args:
        client: makes three attempts (see `aws.attempt`).
        writes: as in TransactItems; at least one Put has a condition, unless the writes may be made twice.

    Raises:
        Refused: conditions did not hold, and not because this transaction was committed already.
        ClientError: anything else.
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
    except ClientError as error:
        found = _in_the_way(error)
        # Met another transaction: whether the conditions hold is known when that one is through.
        if is_transient(error) or not any(item is not None for item in found):
            raise
        if not any(item and item.get(TOKEN) == {"S": token} for item in found):
            raise Refused(found) from None


def _in_the_way(error: ClientError) -> list[Item | None]:
    reasons = error.response.get("CancellationReasons", [])
    return [dict(reason.get("Item", {})) if reason.get("Code") == REFUSED else None for reason in reasons]
