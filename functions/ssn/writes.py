"""Writes of a transaction, as DynamoDB's TransactItems; the store sends them with an audit entry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.shared.aws.items import attributes
from functions.shared.aws.transactions import TOKEN, Item, put_new
from functions.shared.plain.clock import rfc3339
from functions.ssn.audit import StoredEntry
from functions.ssn.blind_index import Marks
from functions.ssn.chain import START, Link
from functions.ssn.consents import SsnConsentRevocation, SsnConsentUse
from functions.ssn.justifications import retention_end
from functions.ssn.keys import (
    consent_key,
    consent_use_key,
    data_key,
    head_key,
    index_key,
    justification_key,
    keys_key,
    partition,
    sequence_key,
)
from functions.ssn.models import Record
from functions.ssn.tables import INDEX_PREFIX, File, Tables, Tombstone
from functions.ssn.vault import Sealed, SealedField

Writes = dict[str, Item]
DATA = "data"
CONSENT = "consent"


@dataclass(frozen=True)
class Writer:
    """Makes writes.

    Attributes:
        tables: names of the tables.
        clock: returns the current time.
    """

    tables: Tables
    clock: Callable[[], datetime]

    def put_number(self, file: File, record: Record, sealed: Mapping[SealedField, Sealed], marks: Marks) -> Writes:
        """Replace a file's ciphertext, keys and marks."""
        data = {**data_key(file.customer_id), **attributes(record)}
        keys = {**keys_key(file.customer_id), **_mark_attributes(marks)}
        for field, secret in sealed.items():
            data |= {field.value: {"B": secret.blob}, f"{field}_commitment": {"B": secret.commitment}}
            keys[field.value] = {"B": secret.wrapped_key}
        return {DATA: self._put_data(file, data), "keys": self._put(self.tables.keyring, keys)}

    def put_record(self, file: File, record: Record) -> Item:
        """Replace a number's record, without the number."""
        kept = {name: value for name, value in file.data.items() if name != TOKEN}
        return self._put_data(file, kept | attributes(record))

    def put_keys(self, file: File, marks: Marks) -> Item:
        """Replace a number's marks in its keyring item."""
        kept = {name: value for name, value in file.keys.items() if name != TOKEN and not name.startswith(INDEX_PREFIX)}
        return self._put(self.tables.keyring, kept | _mark_attributes(marks))

    def put_mark(self, customer_id: str, version: int, mark: bytes) -> Item:
        """Claim a number for a customer; refused if another customer has it."""
        item = {**index_key(version, mark), "customer_id": {"S": customer_id}}
        return self._put(self.tables.keyring, item, _free_or_own(customer_id))

    def delete_mark(self, customer_id: str, version: int, mark: bytes) -> Item:
        """Free a number; refused if another customer has it."""
        return self._delete(index_key(version, mark), _free_or_own(customer_id))

    def shred(self, file: File, tombstone: Tombstone, marks: Marks) -> Writes:
        """Write a tombstone in place of a number, and delete its keys and the named marks."""
        item = {**data_key(file.customer_id), **attributes(tombstone)}
        freed = {
            f"mark {version}": self.delete_mark(file.customer_id, version, mark) for version, mark in marks.items()
        }
        return {DATA: self._put_data(file, item), "keys": self._delete(keys_key(file.customer_id)), **freed}

    def discard(self, customer_id: str, key: Item) -> Item:
        """Delete a keyring item: a customer's keys, or a mark unless another customer has it."""
        return self._delete(key, {} if key == keys_key(customer_id) else _free_or_own(customer_id))

    def use_consent(self, customer_id: str, use: SsnConsentUse) -> Writes:
        """Use a consent for a customer; refused if it was used or revoked before."""
        key = consent_key(use.client_id, use.consent_id)
        listed = {**consent_use_key(customer_id, use.used_at, key), **attributes(use)}
        return {
            CONSENT: put_new(self.tables.data, {**key, "used_at": {"S": rfc3339(use.used_at)}}),
            "consent use": self._put(self.tables.data, listed),
        }

    def revoke_consent(self, revoked: SsnConsentRevocation, at: datetime) -> Writes:
        """Revoke a consent; refused if it was used or revoked before."""
        key = consent_key(revoked.client_id, revoked.consent_id)
        return {CONSENT: put_new(self.tables.data, {**key, "revoked_at": {"S": rfc3339(at)}})}

    def delete_consents(self, keys: Sequence[Item]) -> Writes:
        """Delete a customer's used consents. Their hashes stay, so nobody can use them again."""
        return {f"consent {at}": {"Delete": {"TableName": self.tables.data, "Key": key}} for at, key in enumerate(keys)}

    def put_justification_key(self, customer_id: str, year: int, key: bytes) -> Writes:
        """Add a customer's key for the justifications of a year; refused if there is one."""
        item = {
            **justification_key(customer_id, year),
            "key": {"B": key},
            "expires_at": {"N": str(int(retention_end(year).timestamp()))},
        }
        return {"justification key": put_new(self.tables.justifications, item)}

    def put_entry(self, customer_id: str, entry: StoredEntry) -> Item:
        """Add an audit entry; refused if the sequence number is taken."""
        item = {"pk": partition(customer_id), "sk": sequence_key(entry.sequence), **attributes(entry)}
        return put_new(self.tables.audit, item)

    def put_head(self, file: File, newest: Link) -> Item:
        """Move the head of the audit chain; refused if it has moved since the file was read."""
        item = {**head_key(file.customer_id), "sequence": {"N": str(newest.sequence)}, "hash": {"S": newest.hash}}
        return self._put(self.tables.data, item, _follows(file.head))

    def _put_data(self, file: File, item: Item) -> Item:
        # The head is a condition, too. This one still holds if somebody changed the head outside the service.
        return self._put(self.tables.data, item, _unchanged(file))

    def _put(self, table: str, item: Item, condition: Mapping[str, Any] | None = None) -> Item:
        return {"Put": {"TableName": table, "Item": item, **(condition or {})}}

    def _delete(self, key: Item, condition: Mapping[str, Any] | None = None) -> Item:
        return {"Delete": {"TableName": self.tables.keyring, "Key": key, **(condition or {})}}


def _mark_attributes(marks: Marks) -> Item:
    return {f"{INDEX_PREFIX}{version}": {"B": mark} for version, mark in marks.items()}


def _unchanged(file: File) -> dict[str, Any]:
    if not file.data:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": file.data["version"]},
    }


def _follows(head: Link) -> dict[str, Any]:
    if head == START:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#sequence = :sequence AND #hash = :hash",
        "ExpressionAttributeNames": {"#sequence": "sequence", "#hash": "hash"},
        "ExpressionAttributeValues": {":sequence": {"N": str(head.sequence)}, ":hash": {"S": head.hash}},
    }


def _free_or_own(customer_id: str) -> dict[str, Any]:
    values = {":customer": {"S": customer_id}}
    condition = "attribute_not_exists(pk) OR customer_id = :customer"
    return {"ConditionExpression": condition, "ExpressionAttributeValues": values}
