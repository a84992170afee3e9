"""Keys of the items that tables.py describes."""

from datetime import datetime
from hashlib import sha256

from functions.shared.aws.transactions import Item
from functions.shared.plain.clock import rfc3339

CONSENT_PREFIX = "CONSENT#"


def data_key(customer_id: str) -> Item:
    """Return the key of a customer's item in the data table."""
    return {"pk": partition(customer_id), "sk": {"S": "SSN"}}


def keys_key(customer_id: str) -> Item:
    """Return the key of a customer's item in the keyring table."""
    return {"pk": partition(customer_id), "sk": {"S": "KEYS"}}


def head_key(customer_id: str) -> Item:
    """Return the key of the head of a customer's audit chain."""
    return {"pk": partition(customer_id), "sk": {"S": "AUDIT"}}


def consent_key(client_id: str, consent_id: str) -> Item:
    """Return the key of the item by which a client's consent can be used once, for whatever customer."""
    # The length keeps two different pairs from being hashed as the same text.
    name = sha256(f"{len(client_id)}:{client_id}{consent_id}".encode()).hexdigest()
    return {"pk": {"S": f"{CONSENT_PREFIX}{name}"}, "sk": {"S": "CONSENT"}}


def consent_use_key(customer_id: str, used_at: datetime, key: Item) -> Item:
    """Return the key of a used consent among its customer's; `key` is its `consent_key`."""
    name = key["pk"]["S"].removeprefix(CONSENT_PREFIX)
    return {"pk": partition(customer_id), "sk": {"S": f"{CONSENT_PREFIX}{rfc3339(used_at)}#{name}"}}


def index_key(version: int, mark: bytes) -> Item:
    """Return the key of a mark in the keyring table."""
    return {"pk": {"S": f"INDEX#{version}#{mark.hex()}"}, "sk": {"S": "INDEX"}}


def partition(customer_id: str) -> Item:
    """Return the partition key of a customer's items."""
    return {"S": f"CUS#{customer_id}"}


def justification_key(customer_id: str, year: int) -> Item:
    """Return the key of a customer's key for the justifications of a year."""
    return {"pk": partition(customer_id), "sk": {"S": str(year)}}


def sequence_key(sequence: int) -> Item:
    """Return the sort key of an audit entry."""
    return {"S": f"{sequence:010}"}
