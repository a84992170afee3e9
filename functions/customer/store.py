"""The customers' table.

Items (keys `pk`, `sk`, both strings):

    CUS#<id>      CUSTOMER   a customer: its members, and `listing`, which puts it into the index
    CUS#<id>      CUSTOMER   the tombstone of an erased one: `erased_at` alone; in no index
    EMAIL#<email> EMAIL      `id` of the customer that has this e-mail address, case-folded: what keeps it unique

Index `listing`: partition `CUSTOMERS#<shard>`, sorted by `id`, which sorts by time of creation. The shard comes from
the id, so that no partition takes every write; a page reads all shards and merges. An index lags behind the table by
milliseconds: a list may miss the newest customer, or show one just as it was before its last change.
"""

import heapq
import json
import os
from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import accumulate, islice
from typing import Any
from zlib import crc32

from botocore.exceptions import ClientError

from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken
from functions.customer.models import Customer, CustomerDetails
from functions.shared.aws import REFUSED, DynamoDB, cancellation_reasons, dynamodb, is_transient
from functions.shared.clock import now, rfc3339
from functions.shared.etag import stale
from functions.shared.ids import CUSTOMER_ID
from functions.shared.items import attributes, members

LISTING_SHARDS = 4
ANSWER_BYTES = 5_000_000
_KEYS = {"pk", "sk", "listing"}


class CustomerStore:
    """Reads and writes customers; every write is conditional, so that concurrent ones never undo each other."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Use `table` through `client`; `clock` gives the times that are stored."""
        self._client = client
        self._table = table
        self._clock = clock

    def create(self, details: CustomerDetails) -> Customer:
        """Store a new customer: one transaction.

        Raises:
            EmailTaken: another customer has the address.
        """
        customer = Customer.create(details, self._clock())
        try:
            self._client.transact_write_items(
                TransactItems=[{"Put": self._new(_item(customer))}, {"Put": self._new(_email_item(customer))}],
            )
        except ClientError as error:
            if REFUSED in cancellation_reasons(error):
                raise EmailTaken(_TAKEN) from None
            raise
        return customer

    def read(self, customer_id: str) -> Customer:
        """One customer: one consistent read.

        Raises:
            CustomerNotFound: there never was one with this id.
            CustomerErased: it was erased.
        """
        if not CUSTOMER_ID.fullmatch(customer_id):
            raise CustomerNotFound
        answer = self._client.get_item(TableName=self._table, Key=_key(customer_id), ConsistentRead=True)
        if "Item" not in answer:
            raise CustomerNotFound
        if "erased_at" in answer["Item"]:
            raise CustomerErased
        return _customer(answer["Item"])

    def change(self, customer: Customer, details: CustomerDetails) -> Customer:
        """Store the next version of a customer: one transaction, held to the version that is given.

        Raises:
            PreconditionFailed: it is not in that version any more.
            EmailTaken: another customer has the new address.
        """
        changed = customer.changed(details, self._clock())
        writes: list[dict[str, Any]] = [{"Put": self._held(_item(changed), customer)}]
        if _folded(changed) != _folded(customer):
            writes.append({"Put": self._new(_email_item(changed))})
            writes.append({"Delete": {"TableName": self._table, "Key": _email_key(customer)}})
        self._transact_held(writes)
        return changed

    def erase(self, customer: Customer) -> None:
        """Replace a customer by a tombstone and free its e-mail address: one transaction, held to its version.

        Raises:
            PreconditionFailed: it is not in that version any more.
        """
        tombstone = {**_key(customer.id), "erased_at": {"S": rfc3339(self._clock())}}
        self._transact_held(
            [
                {"Put": self._held(tombstone, customer)},
                {"Delete": {"TableName": self._table, "Key": _email_key(customer)}},
            ]
        )

    def page(self, limit: int, before: str | None) -> tuple[list[Customer], str | None]:
        """Customers, newest first: one query a shard.

        Args:
            limit: how many at most.
            before: the position that the page before this one gave; None for the first page.

        Returns:
            The customers, and the position where the next page starts, or None when these were the last.
        """
        shards, horizon = [], ""
        for shard in range(LISTING_SHARDS):
            answer = self._client.query(**self._listing(shard, limit + 1, before))
            shards.append(answer["Items"])
            # A shard that was cut off says nothing of what is older than its last item, so neither may the page.
            if "LastEvaluatedKey" in answer:
                horizon = max(horizon, answer["LastEvaluatedKey"]["id"]["S"])
        merged = heapq.merge(*shards, key=lambda item: str(item["id"]["S"]), reverse=True)
        known = [item for item in merged if item["id"]["S"] >= horizon]
        customers = fitting([_customer(item) for item in islice(known, limit)])
        more = bool(horizon) or len(known) > len(customers)
        return customers, customers[-1].id if more else None

    def check(self) -> None:
        """Fail if the table cannot be read."""
        self._client.get_item(TableName=self._table, Key={"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}})

    def _new(self, item: dict[str, Any]) -> dict[str, Any]:
        return {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

    def _held(self, item: dict[str, Any], customer: Customer) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(customer.version)}},
        }

    def _transact_held(self, writes: list[dict[str, Any]]) -> None:
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = cancellation_reasons(error)
            if is_transient(error):  # Whether the conditions hold will be known when the other transaction is through.
                raise
            if reasons[:1] == [REFUSED]:
                raise stale() from None
            if REFUSED in reasons:
                raise EmailTaken(_TAKEN) from None
            raise

    def _listing(self, shard: int, limit: int, before: str | None) -> dict[str, Any]:
        values = {":listing": {"S": f"CUSTOMERS#{shard}"}}
        condition = "listing = :listing"
        if before is not None:
            values[":before"] = {"S": before}
            condition += " AND id < :before"
        return {
            "TableName": self._table,
            "IndexName": "listing",
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
            "Limit": limit,
        }


@cache
def get_store() -> CustomerStore:
    """The store of this process, on the table that TABLE_NAME names."""
    return CustomerStore(dynamodb(), os.environ["TABLE_NAME"])


def fitting(customers: list[Customer]) -> list[Customer]:
    """As many of the customers, and at least the first, as Lambda can answer with: 6 MB, escaped as it sends them."""
    sizes = accumulate(len(json.dumps(customer.model_dump_json())) for customer in customers)
    return customers[: max(1, sum(size < ANSWER_BYTES for size in sizes))]


_TAKEN = "Each customer has an e-mail address of its own, whatever its case."


def _key(customer_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": "CUSTOMER"}}


def _folded(customer: Customer) -> str:
    return customer.email.casefold()


def _email_key(customer: Customer) -> dict[str, Any]:
    return {"pk": {"S": f"EMAIL#{_folded(customer)}"}, "sk": {"S": "EMAIL"}}


def _email_item(customer: Customer) -> dict[str, Any]:
    return {**_email_key(customer), "id": {"S": customer.id}}


def _item(customer: Customer) -> dict[str, Any]:
    shard = crc32(customer.id.encode()) % LISTING_SHARDS
    return {
        **attributes(customer),
        **_key(customer.id),
        "listing": {"S": f"CUSTOMERS#{shard}"},
    }


def _customer(item: dict[str, Any]) -> Customer:
    return Customer.model_validate(members({name: item[name] for name in item if name not in _KEYS}))
