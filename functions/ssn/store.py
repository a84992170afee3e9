"""A customer's file in the service's three tables, and the one way to change or disclose it: with an audit entry.

Whatever is written goes with an entry of the customer's chain and the chain's new head, in one transaction held to the
head that was read. So the head is the file's lock: a file that was read is, when the entry is written, as it was read.

All tables have the keys `pk` and `sk`, strings; no digit of a number stands anywhere (see vault.py and blind_index.py).

Data table:

    CUS#<id>  SSN    `kind`, `created_at`, `updated_at`, `verified`, `verified_at`, `version`; and for each field
                     (`ssn`: nine digits, `ssn_last4`: the last four) the blob as `<field>` and its commitment as
                     `<field>_commitment`
    CUS#<id>  SSN    of an erased one: `erased_at` alone
    CUS#<id>  AUDIT  the head of the chain: `sequence`, `hash`
    CONSENT#<hash>  CONSENT   a consent that was used: `used_at`; the hash is of the client and its consent's id
    QUOTA#…          see quota.py

Keyring table, whose backups are short, so that a restore of the data table brings back nothing that can be opened:

    CUS#<id>  KEYS   for each field its wrapped data key, as `<field>`; for each version of the index the number's mark,
                     as `index_<version>`
    INDEX#<version>#<mark in hex>  INDEX   `customer_id` of the customer with this number: what keeps it unique

Audit table, which is put and queried only:

    CUS#<id>  <sequence, ten digits>   an entry, see audit.AuditEntry
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from functions.shared import log
from functions.shared.aws import DynamoDB, error_name
from functions.shared.clock import now, rfc3339
from functions.shared.ids import CUSTOMER_ID
from functions.shared.items import attributes, members
from functions.shared.problems import RETRY_SOON
from functions.shared.transactions import TOKEN, Item, Refused, commit, put_new
from functions.ssn.audit import START, Act, Chain, Link, SsnAuditEntry
from functions.ssn.blind_index import Marks
from functions.ssn.errors import AuditNotRecorded, SsnErased, SsnNotFound, SsnUnreadable
from functions.ssn.models import Record
from functions.ssn.vault import Sealed, SealedField

# How often a change is tried again because another one of the same customer came first.
ATTEMPTS = 6
# The longest pause before the second try; twice as long before each that follows.
PAUSE_SECONDS = 0.01
LAST = 9_999_999_999
_INDEX = "index_"

Answer = TypeVar("Answer")


class Moved(Exception):
    """The file was changed, or something of it was audited, since it was read."""


@dataclass(frozen=True)
class Tables:
    """The names of the service's tables."""

    data: str
    keyring: str
    audit: str


@dataclass(frozen=True)
class File:
    """What stands about a customer at one moment; `data` and `keys` are empty where there is nothing."""

    customer_id: str
    data: Item
    keys: Item
    head: Link = START
    extra: Item | None = None

    @property
    def living(self) -> bool:
        """Whether there is a number, where it does not matter if there was one."""
        return bool(self.data) and "erased_at" not in self.data

    @property
    def stored(self) -> bool:
        """Whether there is a number.

        Raises:
            SsnErased: there was one.
        """
        if "erased_at" in self.data:
            raise SsnErased
        return bool(self.data)

    @property
    def record(self) -> Record:
        """What is known of the number.

        Raises:
            SsnNotFound: there is none.
            SsnErased: there was one.
            SsnUnreadable: what stands there is none.
        """
        if not self.stored:
            raise SsnNotFound
        with _readable():
            return Record.model_validate(
                members({name: self.data[name] for name in Record.model_fields if name in self.data})
            )

    @property
    def marks(self) -> Marks:
        """The number's marks, by version of the index.

        Raises:
            SsnUnreadable: what stands there is none.
        """
        found = {name: value for name, value in self.keys.items() if name.startswith(_INDEX)}
        with _readable():
            return {int(name.removeprefix(_INDEX)): bytes(value["B"]) for name, value in found.items()}

    def mark(self, version: int) -> bytes:
        """The mark of a stored number in a version that every number stands in.

        Raises:
            SsnUnreadable: it is lost; without it nobody knows what the number is not.
        """
        with _readable():
            return self.marks[version]

    def sealed(self, field: SealedField) -> Sealed:
        """A field as it was sealed.

        Raises:
            SsnUnreadable: its key is gone, or something else of it.
        """
        with _readable():
            blob, commitment = self.data[field]["B"], self.data[f"{field}_commitment"]["B"]
            return Sealed(bytes(blob), bytes(commitment), bytes(self.keys[field]["B"]))


class SsnStore:
    """Reads files and writes what belongs into them."""

    def __init__(self, client: DynamoDB, tables: Tables, chain: Chain, clock: Callable[[], datetime] = now) -> None:
        """Use the tables through `client`; `clock` gives the times that are stored."""
        self._client = client
        self._chain = chain
        self.tables = tables
        self.clock = clock

    def read(self, customer_id: str, *, extra: Item | None = None) -> File:
        """A customer's file as it stands at one moment: one read of both tables.

        Args:
            customer_id: whose.
            extra: key of one more item of the data table to read.

        Raises:
            SsnNotFound: no customer can have this id.
        """
        require_customer_id(customer_id)
        head = [self._get(self.tables.data, _head_key(customer_id))]
        more = [self._get(self.tables.data, extra)] if extra else []
        data, keys, link, *rest = self._items([*self._both(customer_id), *head, *more])
        return File(customer_id, data, keys, _link(link), rest[0] if rest else None)

    def glance(self, customer_id: str) -> File:
        """A customer's file without what it takes to audit: for what is not audited.

        Raises:
            SsnNotFound: no customer can have this id.
        """
        require_customer_id(customer_id)
        data, keys = self._items(self._both(customer_id))
        return File(customer_id, data, keys)

    def audited(self, customer_id: str, step: Callable[[File], Answer], *, extra: Item | None = None) -> Answer:
        """Take a step that ends in `commit`, and again while others of the same customer come first.

        Raises:
            AuditNotRecorded: too many did.
        """
        for number in range(ATTEMPTS):
            if number:
                # Full jitter, so that those who met do not meet again.
                time.sleep(random.uniform(0, PAUSE_SECONDS * 2 ** (number - 1)))  # noqa: S311 - no secret
            file = self.read(customer_id, extra=extra)
            with suppress(Moved):
                return step(file)
        raise AuditNotRecorded("Others are busy with the same customer. Try again in a moment.", headers=RETRY_SOON)

    def commit(self, file: File, act: Act, writes: Iterable[Item] = ()) -> None:
        """Write an audit entry and what belongs to it: one transaction.

        Raises:
            Moved: the file is not as it was read.
            Refused: conditions of `writes` did not hold; positions are those of `writes`.
            AuditNotRecorded: it could not be written, for whatever reason.
        """
        entry = self._chain.entry(file.customer_id, file.head, act, self.clock())
        try:
            commit(
                self._client, [self._entry(file, entry), self._head(file, Link(entry.sequence, entry.hash)), *writes]
            )
        except Refused as refused:
            if refused.by(0) or refused.by(1):
                raise Moved from None
            raise Refused(refused.found[2:]) from None
        except (ClientError, BotoCoreError) as error:
            log.logger.error("audit not recorded", extra={"fields": {"error": error_name(error)}})
            raise AuditNotRecorded("Try again in a moment.", headers=RETRY_SOON) from None

    def put_number(self, file: File, record: Record, sealed: Mapping[SealedField, Sealed], marks: Marks) -> list[Item]:
        """The writes that put a number's ciphertext, keys and marks in place of what is in a file."""
        data = {**data_key(file.customer_id), **attributes(record)}
        for field, secret in sealed.items():
            data |= {field.value: {"B": secret.blob}, f"{field}_commitment": {"B": secret.commitment}}
        keys = {**_keys_key(file.customer_id), **{f"{_INDEX}{version}": {"B": mark} for version, mark in marks.items()}}
        keys |= {field.value: {"B": secret.wrapped_key} for field, secret in sealed.items()}
        return [
            {"Put": {"TableName": self.tables.data, "Item": data, **_unchanged(file)}},
            {"Put": {"TableName": self.tables.keyring, "Item": keys}},
        ]

    def put_record(self, file: File, record: Record) -> Item:
        """The write that changes what is known of a number, and not the number."""
        item = {name: value for name, value in file.data.items() if name != TOKEN} | attributes(record)
        return {"Put": {"TableName": self.tables.data, "Item": item, **_unchanged(file)}}

    def put_mark(self, customer_id: str, version: int, mark: bytes) -> Item:
        """The write that claims a number for a customer; refused where another one has it."""
        item = {**index_key(version, mark), "customer_id": {"S": customer_id}}
        return {"Put": {"TableName": self.tables.keyring, "Item": item, **_free_or_own(customer_id)}}

    def delete_mark(self, customer_id: str, version: int, mark: bytes) -> Item:
        """The write that frees a number."""
        key = index_key(version, mark)
        return {"Delete": {"TableName": self.tables.keyring, "Key": key, **_free_or_own(customer_id)}}

    def put_keys(self, file: File, marks: Marks) -> Item:
        """The write that adds and removes marks of a number, and nothing else."""
        kept = {name: value for name, value in file.keys.items() if name != TOKEN and not name.startswith(_INDEX)}
        keys = {**kept, **{f"{_INDEX}{version}": {"B": mark} for version, mark in marks.items()}}
        return {"Put": {"TableName": self.tables.keyring, "Item": keys}}

    def shred(self, file: File, marks: Marks) -> list[Item]:
        """The writes that leave nothing of a number but ciphertext in backups, and a tombstone.

        Args:
            file: whose.
            marks: those of the index that are the customer's, written after the first two.
        """
        tombstone = {**data_key(file.customer_id), "erased_at": {"S": rfc3339(self.clock())}}
        return [
            {"Put": {"TableName": self.tables.data, "Item": tombstone, **_unchanged(file)}},
            {"Delete": {"TableName": self.tables.keyring, "Key": _keys_key(file.customer_id)}},
            *(self.delete_mark(file.customer_id, version, mark) for version, mark in marks.items()),
        ]

    def catch_up(self, file: File, newest: Link, *, erased: bool) -> None:
        """Move the head of a data table that was restored to the chain's newest entry; bury again what was erased.

        Raises:
            Refused: the head has moved.
        """
        writes = [self._head(file, newest)]
        if erased and "erased_at" not in file.data:
            writes += self.shred(file, file.marks)
        commit(self._client, writes)

    def use_consent_again(self, client_id: str, consent_id: str) -> None:
        """Put a used consent into a data table that was restored, whether it stands there or not."""
        item = self.use_consent(client_id, consent_id)["Put"]["Item"]
        self._client.put_item(TableName=self.tables.data, Item=item)

    def discard(self, customer_id: str, key: Item) -> Item:
        """The write that deletes an item of the keyring table: a customer's keys, or a mark if it still is theirs."""
        held = {} if key == _keys_key(customer_id) else _free_or_own(customer_id)
        return {"Delete": {"TableName": self.tables.keyring, "Key": key, **held}}

    def use_consent(self, client_id: str, consent_id: str) -> Item:
        """The write that uses a client's consent; refused where it was used."""
        # Length first, so that no two pairs read the same.
        used = sha256(f"{len(client_id)}:{client_id}{consent_id}".encode()).hexdigest()
        item = {"pk": {"S": f"CONSENT#{used}"}, "sk": {"S": "CONSENT"}, "used_at": {"S": rfc3339(self.clock())}}
        return put_new(self.tables.data, item)

    def owner(self, version: int, mark: bytes) -> str | None:
        """The customer with this number: one consistent read."""
        key = index_key(version, mark)
        answer = self._client.get_item(TableName=self.tables.keyring, Key=key, ConsistentRead=True)
        return answer["Item"]["customer_id"]["S"] if "Item" in answer else None

    def chain(self, customer_id: str, newest: Link, limit: int) -> tuple[list[SsnAuditEntry | None], bool]:
        """A piece of a customer's chain: one query.

        Args:
            customer_id: whose.
            newest: the entry that it ends in; without entries, all that there are show that they should not be.
            limit: how many at most.

        Returns:
            The entries, newest first, None for one that cannot be read; and whether they are as they were written.
        """
        answer = self._client.query(
            TableName=self.tables.audit,
            KeyConditionExpression="pk = :pk AND sk <= :newest",
            ExpressionAttributeValues={":pk": _pk(customer_id), ":newest": _sequence(newest.sequence or LAST)},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        entries = [_entry(item) for item in answer["Items"]]
        # A page that is short says that the chain starts in it.
        whole = len(entries) == min(limit, newest.sequence)
        return entries, whole and self._chain.holds(customer_id, newest, entries)

    def newest(self, customer_id: str) -> Link:
        """The newest entry that there is, whatever the head says; one that cannot be read counts as the last."""
        entries, _ = self.chain(customer_id, START, 1)
        if not entries:
            return START
        return Link(entries[0].sequence, entries[0].hash) if entries[0] else Link(LAST)

    def check(self) -> None:
        """Fail if the tables cannot be read."""
        self._items(self._both("HEALTH"))

    def _entry(self, file: File, entry: SsnAuditEntry) -> Item:
        item = {"pk": _pk(file.customer_id), "sk": _sequence(entry.sequence), **attributes(entry)}
        return put_new(self.tables.audit, item)

    def _head(self, file: File, newest: Link) -> Item:
        item = {**_head_key(file.customer_id), "sequence": {"N": str(newest.sequence)}, "hash": {"S": newest.hash}}
        return {"Put": {"TableName": self.tables.data, "Item": item, **_follows(file.head)}}

    def _both(self, customer_id: str) -> list[Item]:
        return [
            self._get(self.tables.data, data_key(customer_id)),
            self._get(self.tables.keyring, _keys_key(customer_id)),
        ]

    def _get(self, table: str, key: Item) -> Item:
        return {"Get": {"TableName": table, "Key": key}}

    def _items(self, gets: list[Item]) -> list[Item]:
        answer = self._client.transact_get_items(TransactItems=gets)
        return [response.get("Item", {}) for response in answer["Responses"]]


def require_customer_id(customer_id: str) -> None:
    """Refuse what no customer can be called.

    Raises:
        SsnNotFound: always 404, as for a customer without a number.
    """
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise SsnNotFound


def data_key(customer_id: str) -> Item:
    """The key of a customer's item in the data table."""
    return {"pk": _pk(customer_id), "sk": {"S": "SSN"}}


def key_of(put: Item) -> Item:
    """The key of what a Put writes."""
    item = put["Put"]["Item"]
    return {"pk": item["pk"], "sk": item["sk"]}


def index_key(version: int, mark: bytes) -> Item:
    """The key of a number's item in the keyring table."""
    return {"pk": {"S": f"INDEX#{version}#{mark.hex()}"}, "sk": {"S": "INDEX"}}


def _keys_key(customer_id: str) -> Item:
    return {"pk": _pk(customer_id), "sk": {"S": "KEYS"}}


def _head_key(customer_id: str) -> Item:
    return {"pk": _pk(customer_id), "sk": {"S": "AUDIT"}}


def _pk(customer_id: str) -> Item:
    return {"S": f"CUS#{customer_id}"}


def _sequence(sequence: int) -> Item:
    return {"S": f"{sequence:010}"}


def _unchanged(file: File) -> dict[str, Any]:
    """The condition that the data item is the one that was read: the head says so, too, but can be tampered with."""
    if not file.data:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": file.data["version"]},
    }


def _follows(head: Link) -> dict[str, Any]:
    """The condition that the chain's head is the one that was read."""
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


def _link(item: Item) -> Link:
    with _readable():
        return Link(int(item["sequence"]["N"]), str(item["hash"]["S"])) if item else START


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what goes wrong with an item that was changed into the one problem that says so."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise SsnUnreadable from None


def _entry(item: Item) -> SsnAuditEntry | None:
    kept = {name: value for name, value in item.items() if name not in {"pk", "sk", TOKEN}}
    try:
        entry = SsnAuditEntry.model_validate(members(kept))
    except (ValidationError, TypeError, ValueError):  # The last two: of a kind that no model here stores.
        return None
    return entry if _sequence(entry.sequence) == item["sk"] else None
