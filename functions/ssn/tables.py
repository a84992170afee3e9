"""Item shapes of the service's four tables. No item contains a digit of a number in the clear.

All tables have the string keys `pk` and `sk`.

Data table:

    CUS#<id>  SSN    `kind`, `created_at`, `updated_at`, `verified`, `verified_at`, `version`; for each sealed field
                     (`ssn`: nine digits, `ssn_last4`: the last four) the blob as `<field>` and its commitment as
                     `<field>_commitment`
    CUS#<id>  SSN    after an erasure, a tombstone: `erased_at`, `erasure_id`, `erased` (counts by kind)
    CUS#<id>  AUDIT  the head of the chain: `sequence`, `hash`
    CUS#<id>  CONSENT#<time of use>#<hash>   a used consent, see consents.SsnConsentUse; deleted by an erasure
    CONSENT#<hash>  CONSENT   `used_at` or `revoked_at`; the hash is of the client's id and the consent's id
    QUOTA#…          see quota.py

Keyring table. Its backups are short, so a restore of the data table alone restores nothing that can be decrypted:

    CUS#<id>  KEYS   for each sealed field its wrapped data key, as `<field>`; for each version of the index the
                     number's mark, as `index_<version>`
    INDEX#<version>#<mark in hex>  INDEX   `customer_id` of the customer with this number; makes numbers unique

Audit table, with puts and queries only:

    CUS#<id>  <sequence, ten digits>   an entry, see audit.StoredEntry

Justifications table, the keys of the justifications in the audit:

    CUS#<id>  <year>   `key`, `expires_at`, see justifications.py
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from functions.shared.aws.items import members
from functions.shared.aws.transactions import TOKEN, Item
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.ids import CUSTOMER_ID
from functions.ssn.audit import StoredEntry
from functions.ssn.blind_index import Marks
from functions.ssn.chain import START, Link
from functions.ssn.errors import SsnErased, SsnNotFound, SsnUnreadable
from functions.ssn.keys import sequence_key
from functions.ssn.models import Record
from functions.ssn.vault import Sealed, SealedField

INDEX_PREFIX = "index_"


@dataclass(frozen=True)
class Tables:
    """Names of the service's tables."""

    data: str
    keyring: str
    audit: str
    justifications: str


class Place(NamedTuple):
    """A place of an item: the table's name and the key."""

    table: str
    key: Item


class Tombstone(BaseModel):
    """Record of an erasure. Older ones have only `erased_at`."""

    erased_at: Timestamp
    erasure_id: str | None = None
    erased: dict[str, int] = {}


@dataclass(frozen=True)
class File:
    """A customer's items at one moment.

    Attributes:
        customer_id: id of the customer.
        data: item of the data table, empty if it is missing.
        keys: item of the keyring table, empty if it is missing.
        head: head of the audit chain.
        extra: another item that was read at the same moment.
    """

    customer_id: str
    data: Item
    keys: Item
    head: Link = START
    extra: Item | None = None

    @property
    def tombstone(self) -> Tombstone | None:
        """The tombstone of an erasure.

        Raises:
            SsnUnreadable: the item was changed outside the service.
        """
        if "erased_at" not in self.data:
            return None
        with readable():
            return Tombstone.model_validate(
                members({name: self.data[name] for name in Tombstone.model_fields if name in self.data})
            )

    @property
    def living(self) -> bool:
        """True if a number is stored. An erased number counts as missing."""
        return bool(self.data) and "erased_at" not in self.data

    @property
    def stored(self) -> bool:
        """True if a number is stored.

        Raises:
            SsnErased: the number was erased.
        """
        if "erased_at" in self.data:
            raise SsnErased
        return bool(self.data)

    @property
    def record(self) -> Record:
        """The number's record.

        Raises:
            SsnNotFound: no number is stored.
            SsnErased: the number was erased.
            SsnUnreadable: the item was changed outside the service.
        """
        if not self.stored:
            raise SsnNotFound
        with readable():
            return Record.model_validate(
                members({name: self.data[name] for name in Record.model_fields if name in self.data})
            )

    @property
    def marks(self) -> Marks:
        """The number's marks, by version of the index.

        Raises:
            SsnUnreadable: the item was changed outside the service.
        """
        items = {name: value for name, value in self.keys.items() if name.startswith(INDEX_PREFIX)}
        with readable():
            return {int(name.removeprefix(INDEX_PREFIX)): bytes(value["B"]) for name, value in items.items()}

    def mark(self, version: int) -> bytes:
        """Return a stored number's mark in a version of the index that is complete.

        Raises:
            SsnUnreadable: the mark is missing.
        """
        with readable():
            return self.marks[version]

    def sealed(self, field: SealedField) -> Sealed:
        """Return a sealed field.

        Raises:
            SsnUnreadable: its key, blob or commitment is missing.
        """
        with readable():
            blob, commitment = self.data[field]["B"], self.data[f"{field}_commitment"]["B"]
            return Sealed(bytes(blob), bytes(commitment), bytes(self.keys[field]["B"]))


def require_customer_id(customer_id: str) -> None:
    """Check the form of a customer's id.

    Raises:
        SsnNotFound: no customer can have this id.
    """
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise SsnNotFound


@contextmanager
def readable() -> Iterator[None]:
    """Raise SsnUnreadable if an item does not have the shape that the service stores."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise SsnUnreadable from None


def link(item: Item) -> Link:
    """Return the chain's head from its item, START if the item is empty."""
    with readable():
        return Link(int(item["sequence"]["N"]), str(item["hash"]["S"])) if item else START


def audit_entry(item: Item) -> StoredEntry | None:
    """Return the audit entry of an item, None if the item was changed outside the service."""
    kept = {name: value for name, value in item.items() if name not in {"pk", "sk", TOKEN}}
    try:
        entry = StoredEntry.model_validate(members(kept))
    except (ValidationError, TypeError, ValueError):  # The last two: a type that no model of this service stores.
        return None
    return entry if sequence_key(entry.sequence) == item["sk"] else None
