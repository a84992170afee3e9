"""DynamoDB items and queries of the customer service.

Items (keys `pk`, `sk`, both strings):

    CUS#<id>       CUSTOMER         customer: its members, and the keys of the indexes
    CUS#<id>       CUSTOMER         tombstone of an erased customer: `id`, `erased_at`; in no index
    CUS#<id>       EVENT#<version>  change that made this version (ten digits): a `CustomerChange`; permanent
    CUS#<id>       ANSWER           response to the creation, for a repeated Idempotency-Key; expires
    EMAIL#<email>  EMAIL            `id` of the customer with this address (see `listings.email_key`); keeps it unique
    ONCE#<id>      ONCE             use of an Idempotency-Key (see `idempotency`); expires
    OUTBOX#<shard> evt_<ulid>       event (see `events`), until it is delivered

Each change is one transaction, with a condition on the version that it changes. It also puts the permanent EVENT of the
new version. So an attempt recognises an earlier one whose response was lost (see `transactions`).

Indexes contain whole customers, so that a page needs one query for each shard (README.md has the costs):

    listing         CUSTOMERS#<shard>, sorted by `id`, which sorts by time of creation
    status_listing  <STATUS>#<shard>, sorted by `id`
    phone           phone number, sorted by `id`
    name_listing    NAMES#<shard>, sorted by `folded_name`: the folded family name, U+001F, the id

An index is some milliseconds behind the table. A list may lack the newest customer or the latest change.
"""

import heapq
import json
import os
from functools import cache
from itertools import accumulate
from typing import Any
from zlib import crc32

from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken
from functions.customer.events import CustomerErased as CustomerErasedEvent
from functions.customer.history import CustomerChange, CustomerChangeType
from functions.customer.listings import SHARDS, Listing, email_key, index_keys
from functions.customer.models import Customer, CustomerStatusReason
from functions.shared.aws.client import DynamoDB, dynamodb
from functions.shared.aws.idempotency import Once, commit_once
from functions.shared.aws.items import attributes, members
from functions.shared.aws.transactions import Item, Refused, commit, put_new
from functions.shared.plain.clock import rfc3339
from functions.shared.plain.ids import CUSTOMER_ID
from functions.shared.requests.caller import Caller
from functions.shared.requests.etag import stale

ANSWER_BYTES = 5_000_000
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
            "customer": self._new(_item(customer)),
            "e-mail": self._new(_email_item(customer)),
            "entry": self._entry(customer.id, change),
        }
        try:
            commit_once(self._client, self._table, writes, use, _key(customer.id, "ANSWER"))
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
        item = self._get(_key(customer_id, "CUSTOMER"))
        if item is None:
            raise CustomerNotFound
        if "erased_at" in item:
            raise CustomerErased
        return _customer(item)

    def with_email(self, email: str) -> list[Customer]:
        """Return the customer with this address in any case, or an empty list, with two consistent reads."""
        item = self._get(_email_key(email))
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
        writes = {"customer": self._held(_item(after), before), "entry": self._entry(after.id, change)}
        if email_key(after.email) != email_key(before.email):
            writes["e-mail"] = self._new(_email_item(after))
            writes["earlier e-mail"] = self._gone(_email_key(before.email))
        try:
            commit(self._client, writes)
        except Refused as refused:
            raise (stale() if "customer" in refused.failed else EmailTaken(_TAKEN)) from None

    def erase(self, customer: Customer, event: CustomerErasedEvent) -> None:
        """Replace a customer by a tombstone, free the address and add the event, in one transaction.

        Raises:
            PreconditionFailed: the customer has changed since it was read.
        """
        at = event.occurred_at
        tombstone = {
            **_key(customer.id, "CUSTOMER"),
            "id": {"S": customer.id},
            "erased_at": {"S": rfc3339(at)},
        }
        change = CustomerChange(
            version=customer.version + 1, type=CustomerChangeType.ERASED, at=at, caller=event.caller
        )
        writes = {
            "customer": self._held(tombstone, customer),
            "entry": self._entry(customer.id, change),
            "e-mail": self._gone(_email_key(customer.email)),
            "answer": self._gone(_key(customer.id, "ANSWER")),
            "event": {"Put": {"TableName": self._table, "Item": _outbox_item(event)}},
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
        answers = [self._client.query(**self._range(following, partition, limit + 1)) for partition in partitions]
        items, cut = _merged(answers, following)
        customers = fitting([_customer(item) for item in items[:limit]])
        if len(items) > len(customers):
            return customers, _sort_key(items[len(customers) - 1], following)
        return customers, cut

    def history(self, customer_id: str, limit: int, before: str | None) -> tuple[list[CustomerChange], str | None]:
        """Return a page of a customer's changes, newest first, with one consistent query.

        Args:
            customer_id: of a customer that exists.
            limit: the greatest number of changes.
            before: position of this page, which the page before returned; None for the first page.
        """
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": _key(customer_id, "")["pk"],
                ":first": {"S": _entry_key(1)},
                ":last": {"S": "EVENT#~" if before is None else _entry_key(int(before.removeprefix("EVENT#")) - 1)},
            },
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        changes = [CustomerChange.model_validate(members(item)) for item in answer["Items"]]
        # The page with version 1 is the last, even if DynamoDB returns a key to continue.
        cut = (answer.get("LastEvaluatedKey") or {}).get("sk", {"S": _entry_key(1)})["S"]
        return changes, None if cut == _entry_key(1) else cut

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

    def _entry(self, customer_id: str, change: CustomerChange) -> Item:
        return self._new({**attributes(change), **_key(customer_id, _entry_key(change.version))})

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
    return customers[: max(1, sum(size < ANSWER_BYTES for size in sizes))]


def _merged(answers: list[dict[str, Any]], listing: Listing) -> tuple[list[Item], str | None]:
    """Return the items of all partitions in order, and the sort key of the last complete position; None for all."""
    # Items after the end of an incomplete partition may lack some of that partition.
    cuts = [_sort_key(answer["LastEvaluatedKey"], listing) for answer in answers if answer.get("LastEvaluatedKey")]
    merged = list(
        heapq.merge(
            *(answer["Items"] for answer in answers),
            key=lambda item: _sort_key(item, listing),
            reverse=listing.descending,
        )
    )
    if not cuts:
        return merged, None
    if listing.descending:
        cut = max(cuts)
        return [item for item in merged if _sort_key(item, listing) >= cut], cut
    cut = min(cuts)
    return [item for item in merged if _sort_key(item, listing) <= cut], cut


def _sort_key(item: Item, listing: Listing) -> str:
    return str(item[listing.sort]["S"])


def _key(customer_id: str, sk: str) -> Item:
    return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": sk}}


def _entry_key(version: int) -> str:
    return f"EVENT#{version:010}"


def _email_key(email: str) -> Item:
    return {"pk": {"S": f"EMAIL#{email_key(email)}"}, "sk": {"S": "EMAIL"}}


def _email_item(customer: Customer) -> Item:
    return {**_email_key(customer.email), "id": {"S": customer.id}}


def _outbox_item(event: CustomerErasedEvent) -> Item:
    shard = crc32(event.id.encode()) % SHARDS
    return {**attributes(event), "pk": {"S": f"OUTBOX#{shard}"}, "sk": {"S": event.id}}


def _item(customer: Customer) -> Item:
    keys = {name: {"S": key} for name, key in index_keys(customer).items()}
    return {**attributes(customer), **_key(customer.id, "CUSTOMER"), **keys}


def _customer(item: Item) -> Customer:
    return Customer.model_validate(members(item))
