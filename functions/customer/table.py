"""Items of the customers' table.

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

from zlib import crc32

from functions.customer.events import CustomerErased
from functions.customer.history import CustomerChange
from functions.customer.listings import SHARDS, email_key, index_keys
from functions.customer.models import Customer
from functions.shared.aws.items import attributes, members
from functions.shared.aws.transactions import Item
from functions.shared.plain.clock import rfc3339


def key(customer_id: str, sort: str) -> Item:
    """Return the key of a customer's item."""
    return {"pk": {"S": f"CUS#{customer_id}"}, "sk": {"S": sort}}


def change_sort_key(version: int) -> str:
    """Return the sort key of the change that made a version."""
    return f"EVENT#{version:010}"


def email_item_key(email: str) -> Item:
    """Return the key of the item that keeps an address unique."""
    return {"pk": {"S": f"EMAIL#{email_key(email)}"}, "sk": {"S": "EMAIL"}}


def email_item(customer: Customer) -> Item:
    """Return the item that keeps a customer's address unique."""
    return {**email_item_key(customer.email), "id": {"S": customer.id}}


def customer_item(customer: Customer) -> Item:
    """Return a customer's item, with the keys of the indexes."""
    keys = {name: {"S": value} for name, value in index_keys(customer).items()}
    return {**attributes(customer), **key(customer.id, "CUSTOMER"), **keys}


def customer_of(item: Item) -> Customer:
    """Return the customer of an item."""
    return Customer.model_validate(members(item))


def tombstone(event: CustomerErased) -> Item:
    """Return the item that replaces an erased customer."""
    erased_at = {"S": rfc3339(event.occurred_at)}
    return {**key(event.customer_id, "CUSTOMER"), "id": {"S": event.customer_id}, "erased_at": erased_at}


def change_item(customer_id: str, change: CustomerChange) -> Item:
    """Return the item of a change."""
    return {**attributes(change), **key(customer_id, change_sort_key(change.version))}


def outbox_item(event: CustomerErased) -> Item:
    """Return the item of an event that the outbox delivers."""
    shard = crc32(event.id.encode()) % SHARDS
    return {**attributes(event), "pk": {"S": f"OUTBOX#{shard}"}, "sk": {"S": event.id}}
