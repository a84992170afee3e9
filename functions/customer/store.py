"""The customers' table.

Items (keys `pk`, `sk`, both strings):

    CUS#<id>       CUSTOMER         a customer: its members, and what puts it into the indexes
    CUS#<id>       CUSTOMER         the tombstone of an erased one: `id`, `erased_at`; in no index
    CUS#<id>       EVENT#<version>  what made this version (ten digits): a `Change`; never overwritten nor deleted
    CUS#<id>       ANSWER           the answer to its creation, for an Idempotency-Key that comes again; expires
    EMAIL#<email>  EMAIL            `id` of the customer with this address (see `listings.email_key`): keeps it unique
    ONCE#<id>      ONCE             an Idempotency-Key's use (see `idempotency`); expires
    OUTBOX#<shard> evt_<ulid>       an event of `events`, until it is delivered

Every change is one transaction that holds itself to the version it changes and puts that version's EVENT, which stays:
so a change whose reply was lost knows itself again (see `transactions`), even where others have followed it.

Indexes, each with whole customers, as one query a shard then answers a page (README.md has what that costs):

    listing         CUSTOMERS#<shard>, sorted by `id`, which sorts by time of creation
    status_listing  <STATUS>#<shard>, likewise
    phone           the number itself, likewise
    name_listing    NAMES#<shard>, sorted by `folded_name`: the folded family name, U+001F, the id

An index lags behind the table by milliseconds: a list may miss the newest customer, or show one just as it was before
its last change.
"""

import heapq
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import accumulate
from typing import Any
from zlib import crc32

from functions.customer.errors import CustomerErased, CustomerNotFound, EmailTaken
from functions.customer.events import CustomerErased as CustomerErasedEvent
from functions.customer.history import CustomerChange, CustomerChangeType
from functions.customer.listings import SHARDS, Listing, email_key, folded, index_keys
from functions.customer.models import Customer, CustomerStatusReason
from functions.shared.aws import DynamoDB, dynamodb
from functions.shared.caller import Caller
from functions.shared.clock import rfc3339
from functions.shared.etag import stale
from functions.shared.idempotency import Once, commit_once
from functions.shared.ids import CUSTOMER_ID
from functions.shared.items import attributes, members
from functions.shared.transactions import Item, Refused, commit, put_new

ANSWER_BYTES = 5_000_000
_TAKEN = "Send an address that no other customer has, in any case of its letters."


class CustomerStore:
    """Reads and writes customers; every write is conditional, so that concurrent ones never undo each other."""

    def __init__(self, client: DynamoDB, table: str) -> None:
        """Use `table` through `client`."""
        self._client = client
        self._table = table

    def create(self, customer: Customer, caller: Caller, use: Once | None = None) -> None:
        """Store a new customer: one transaction, with the use of an idempotency key if there is one.

        Raises:
            EmailTaken: another customer has the address.
            Replayed, IdempotencyKeyReused, AnswerErased: see `commit_once`.
        """
        change = CustomerChange.between(None, customer, caller)
        writes = [self._new(_item(customer)), self._new(_email_item(customer)), self._entry(customer.id, change)]
        self._require_free(customer)
        try:
            self._claim(
                customer, lambda: commit_once(self._client, self._table, writes, use, _key(customer.id, "ANSWER"))
            )
        except Refused:
            raise EmailTaken(_TAKEN) from None

    def read(self, customer_id: str) -> Customer:
        """One customer: one consistent read.

        Raises:
            CustomerNotFound: there never was one with this id.
            CustomerErased: it was erased.
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
        """The customer with this address, whatever its case, or none: two consistent reads."""
        for key in _email_keys(email):
            holder = self._holder(key)
            if holder is not None and email_key(holder.email) == email_key(email):
                return [holder]
        return []

    def replace(
        self, before: Customer, after: Customer, caller: Caller, reason: CustomerStatusReason | None = None
    ) -> None:
        """Store the next version of a customer: one transaction, held to the version before.

        Raises:
            PreconditionFailed: it is not in that version any more.
            EmailTaken: another customer has the new address.
        """
        change = CustomerChange.between(before, after, caller, reason)
        writes = [self._held(_item(after), before), self._entry(after.id, change)]
        moves = email_key(after.email) != email_key(before.email)
        if moves:
            self._require_free(after)
            writes += [self._new(_email_item(after)), *self._release(before)]
        try:
            if moves:
                self._claim(after, lambda: commit(self._client, writes))
            else:
                commit(self._client, writes)
        except Refused as refused:
            raise (stale() if refused.by(0) else EmailTaken(_TAKEN)) from None

    def erase(self, customer: Customer, event: CustomerErasedEvent) -> None:
        """Replace a customer by a tombstone, free its address, and tell others: one transaction, held to its version.

        Raises:
            PreconditionFailed: it is not in that version any more.
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
        writes = [
            self._held(tombstone, customer),
            self._entry(customer.id, change),
            *self._release(customer),
            self._gone(_key(customer.id, "ANSWER")),
            {"Put": {"TableName": self._table, "Item": _outbox_item(event)}},
        ]
        try:
            commit(self._client, writes)
        except Refused:
            raise stale() from None

    def page(self, listing: Listing, limit: int, position: str | None) -> tuple[list[Customer], str | None]:
        """Customers of a listing: one query a partition.

        Args:
            listing: which, and in which order.
            limit: how many at most.
            position: the one that the page before this gave; None for the first page.

        Returns:
            The customers, and the position where the next page starts, or None when these were the last.
        """
        rest = listing.after(position)
        partitions = () if rest.empty else rest.partitions
        answers = [self._client.query(**self._range(rest, partition, limit + 1)) for partition in partitions]
        known, cut = _merged(answers, rest)
        customers = fitting([_customer(item) for item in known[:limit]])
        if len(known) > len(customers):
            return customers, _sort_key(known[len(customers) - 1], rest)
        return customers, cut

    def history(self, customer_id: str, limit: int, before: str | None) -> tuple[list[CustomerChange], str | None]:
        """The changes of a customer, newest first: one consistent query.

        Args:
            customer_id: of one that is there.
            limit: how many at most.
            before: the position that the page before this one gave; None for the first page.
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
        # The first version is the last of the history: no need to read on to know that.
        cut = (answer.get("LastEvaluatedKey") or {}).get("sk", {"S": _entry_key(1)})["S"]
        return changes, None if cut == _entry_key(1) else cut

    def check(self) -> None:
        """Fail if the table cannot be read."""
        self._client.get_item(TableName=self._table, Key={"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}})

    def _holder(self, key: Item) -> Customer | None:
        """Return the customer that an e-mail item names; None if there is none, or it was erased meanwhile."""
        item = self._get(key)
        if item is not None:
            with suppress(CustomerErased):
                return self.read(item["id"]["S"])
        return None

    def _require_free(self, customer: Customer) -> None:
        """Raise EmailTaken if another customer has this address under a key of the earlier form."""
        for key in _email_keys(customer.email)[1:]:
            holder = self._holder(key)
            if holder and holder.id != customer.id and email_key(holder.email) == email_key(customer.email):
                raise EmailTaken(_TAKEN)

    def _release(self, customer: Customer) -> list[Item]:
        """Return the writes that free a customer's address, in the form in which it is stored."""
        current, *earlier = _email_keys(customer.email)
        own = [key for key in earlier if (item := self._get(key)) and item["id"]["S"] == customer.id]
        return [self._gone(key) for key in (current, *own)]

    def _claim(self, customer: Customer, write: Callable[[], None]) -> None:
        """Write; if another address of the earlier form is in the way, move it to its own key and write again.

        Raises:
            Refused: as `write` does.
        """
        try:
            write()
        except Refused:
            key = _email_key(customer.email)
            holder = self._holder(key)
            if holder is None or email_key(holder.email) == email_key(customer.email):
                raise
            left = {"ConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": holder.id}}}
            delete = {"Delete": {"TableName": self._table, "Key": key, **left}}
            commit(self._client, [self._new(_email_item(holder)), delete])
            write()

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
    """The store of this process, on the table that TABLE_NAME names."""
    return CustomerStore(dynamodb(), os.environ["TABLE_NAME"])


def fitting(customers: list[Customer]) -> list[Customer]:
    """As many of the customers, and at least the first, as Lambda can answer with: 6 MB, escaped as it sends them."""
    sizes = accumulate(len(json.dumps(customer.model_dump_json())) for customer in customers)
    return customers[: max(1, sum(size < ANSWER_BYTES for size in sizes))]


def _merged(answers: list[dict[str, Any]], listing: Listing) -> tuple[list[Item], str | None]:
    """The items of all partitions, in order, as far as all of them are known; and how far that is, None for all."""
    # A partition that was cut off says nothing of what follows its last item, so neither may the page.
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


def _email_keys(email: str) -> list[Item]:
    """Return the keys under which an address can be stored: today's, and the earlier one where it differs."""
    earlier = {"pk": {"S": f"EMAIL#{folded(email)}"}, "sk": {"S": "EMAIL"}}
    current = _email_key(email)
    return [current] if earlier == current else [current, earlier]


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
