"""DynamoDB requests of the customer service. table.py describes the items."""

import json
import os
from functools import cache
from itertools import accumulate
from typing import Any

from functions.customer import table
from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken
from functions.customer.events import CustomerErased as CustomerErasedEvent
from functions.customer.history import CustomerChange, CustomerChangeType
from functions.customer.listings import Listing, email_key
from functions.customer.models import Customer, CustomerStatusReason
from functions.shared.aws.client import DynamoDB, dynamodb
from functions.shared.aws.idempotency import Once, commit_once
from functions.shared.aws.items import members
from functions.shared.aws.transactions import Item, Refused, commit, put_new
from functions.shared.plain.ids import CUSTOMER_ID
from functions.shared.requests.caller import Caller
from functions.shared.requests.etag import stale

PAGE_BYTES = 5_000_000
_TAKEN = "Send an address that no other customer has, in any case of its letters."


class CustomerStore:
    """Reads and writes of customers. All writes are conditional: concurrent writers cannot overwrite each other."""

    def __init__(self, client: DynamoDB, table: str) -> None:
        """Use `table` through `client`."""
        self._client = client
        self._table = table

    def create(self, customer: Customer, caller: Caller, use: Once | None = None) -> None:
        """Store a new customer in one transaction, with the use of an idempotency key, if any.

        Raises:
            EmailTaken: another customer has the address.
            Replayed, IdempotencyKeyReused, AnswerErased: see `commit_once`.
        """
        change = CustomerChange.between(None, customer, caller)
        writes = {
            "customer": self._new(table.customer_item(customer)),
            "e-mail": self._new(table.email_item(customer)),
            "entry": self._new(table.change_item(customer.id, change)),
        }
        try:
            commit_once(self._client, self._table, writes, use, table.key(customer.id, "ANSWER"))
        except Refused:
            raise EmailTaken(_TAKEN) from None

    def read(self, customer_id: str) -> Customer:
        """Return a customer, with one consistent read.

        Raises:
            CustomerNotFound: no customer has this id.
            CustomerErased: the customer was erased.
        """
        if not CUSTOMER_ID.fullmatch(customer_id):
            raise CustomerNotFound
        item = self._get(table.key(customer_id, "CUSTOMER"))
        if item is None:
            raise CustomerNotFound
        if "erased_at" in item:
            raise CustomerErased
        return table.customer_of(item)

    def with_email(self, email: str) -> list[Customer]:
        """Return the customer with this address in any case, or an empty list, with two consistent reads."""
        item = self._get(table.email_item_key(email))
        if item is None:
            return []
        try:
            customer = self.read(item["id"]["S"])
        except CustomerErased:
            return []
        return [customer] if email_key(customer.email) == email_key(email) else []

    def replace(
        self, before: Customer, after: Customer, caller: Caller, reason: CustomerStatusReason | None = None
    ) -> None:
        """Store the next version of a customer in one transaction, if `before` is the current version.

        Raises:
            PreconditionFailed: the customer has changed since it was read.
            EmailTaken: another customer has the new address.
        """
        change = CustomerChange.between(before, after, caller, reason)
        writes = {
            "customer": self._held(table.customer_item(after), before),
            "entry": self._new(table.change_item(after.id, change)),
        }
        if email_key(after.email) != email_key(before.email):
            writes["e-mail"] = self._new(table.email_item(after))
            writes["earlier e-mail"] = self._gone(table.email_item_key(before.email))
        try:
            commit(self._client, writes)
        except Refused as refused:
            raise (stale() if "customer" in refused.failed else EmailTaken(_TAKEN)) from None

    def erase(self, customer: Customer, event: CustomerErasedEvent) -> None:
        """Replace a customer by a tombstone, free the address and add the event, in one transaction.

        Raises:
            PreconditionFailed: the customer has changed since it was read.
        """
        change = CustomerChange(
            version=customer.version + 1,
            type=CustomerChangeType.ERASED,
            at=event.occurred_at,
            caller=event.caller,
        )
        writes = {
            "customer": self._held(table.tombstone(event), customer),
            "entry": self._new(table.change_item(customer.id, change)),
            "e-mail": self._gone(table.email_item_key(customer.email)),
            "response": self._gone(table.key(customer.id, "ANSWER")),
            "event": {"Put": {"TableName": self._table, "Item": table.outbox_item(event)}},
        }
        try:
            commit(self._client, writes)
        except Refused:
            raise stale() from None

    def page(self, listing: Listing, limit: int, position: str | None) -> tuple[list[Customer], str | None]:
        """Return a page of customers, with one query for each partition.

        Args:
            listing: range of an index.
            limit: the greatest number of customers.
            position: position of this page, which the page before returned; None for the first page.

        Returns:
            The customers, and the position of the next page; None after the last page.
        """
        following = listing.after(position)
        partitions = () if following.empty else following.partitions
        responses = [self._client.query(**self._range(following, partition, limit + 1)) for partition in partitions]
        items, cut = following.merged(responses)
        customers = fitting([table.customer_of(item) for item in items[:limit]])
        if len(items) > len(customers):
            return customers, following.position(items[len(customers) - 1])
        return customers, cut

    def history(self, customer_id: str, limit: int, before: str | None) -> tuple[list[CustomerChange], str | None]:
        """Return a page of a customer's changes, newest first, with one consistent query.

        Args:
            customer_id: of a customer that exists.
            limit: the greatest number of changes.
            before: position of this page, which the page before returned; None for the first page.
        """
        first = table.change_sort_key(1)
        last = table.change_sort_key(int(before.removeprefix("EVENT#")) - 1) if before else "EVENT#~"
        response = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": table.key(customer_id, "")["pk"],
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        changes = [CustomerChange.model_validate(members(item)) for item in response["Items"]]
        # The page with version 1 is the last, even if DynamoDB returns a key to continue.
        end = response.get("LastEvaluatedKey", {}).get("sk", {"S": first})["S"]
        return changes, None if end == first else end

    def check(self) -> None:
        """Fail if the table cannot be read."""
        self._client.get_item(TableName=self._table, Key={"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}})

    def _get(self, key: Item) -> Item | None:
        return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _new(self, item: Item) -> Item:
        return put_new(self._table, item)

    def _held(self, item: Item, customer: Customer) -> Item:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(customer.version)}},
            }
        }

    def _gone(self, key: Item) -> Item:
        return {"Delete": {"TableName": self._table, "Key": key}}

    def _range(self, listing: Listing, partition: str, limit: int) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "IndexName": listing.index,
            "KeyConditionExpression": "#partition = :partition AND #sort BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#partition": listing.index, "#sort": listing.sort},
            "ExpressionAttributeValues": {
                ":partition": {"S": partition},
                ":first": {"S": listing.first},
                ":last": {"S": listing.last},
            },
            "ScanIndexForward": not listing.descending,
            "Limit": limit,
        }


@cache
def get_store() -> CustomerStore:
    """Return the store of this process, with the table TABLE_NAME."""
    return CustomerStore(dynamodb(), os.environ["TABLE_NAME"])


def fitting(customers: list[Customer]) -> list[Customer]:
    """Return the customers that fit into Lambda's response of 6 MB in its escaped form, at least one."""
    sizes = accumulate(len(json.dumps(customer.model_dump_json())) for customer in customers)
    return customers[: max(1, sum(size < PAGE_BYTES for size in sizes))]
