"""The hash chain of each customer's audit.

An entry's `hash` is an HMAC over its members, the customer's id and the previous entry's hash. An attacker who can
write to the tables, but may not use the KMS key, cannot make an entry. The head of the chain, {sequence, hash}, is in
another table. The chain therefore shows changed, missing, reordered and cut-off entries. Each process derives its key
with one KMS call, so an entry needs none.

Limit: an attacker who restores both tables to the same earlier time is not noticed here. CloudTrail's log of data keys
still shows the later requests.
"""

import hmac
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from functions.shared.aws.client import Kms, kms
from functions.shared.aws.signing import derived
from functions.ssn.audit import Act, StoredEntry

# The hash before a chain's first entry.
NOTHING = "0" * 64


@dataclass(frozen=True)
class Link:
    """A place in the chain: an entry's sequence number and hash."""

    sequence: int = 0
    hash: str = NOTHING

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> "Link":
        """Return the link that `str` wrote."""
        sequence, _, hash_ = text.partition(":")
        return cls(int(sequence), hash_)


START = Link()


class Chain:
    """Makes and checks entries."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Use the key that `key` returns. It is called for the first entry."""
        self._key = key

    def entry(self, customer_id: str, head: Link, act: Act, at: datetime) -> StoredEntry:
        """Return the entry that follows the head of a customer's chain."""
        entry = StoredEntry(**act.model_dump(), sequence=head.sequence + 1, at=at, previous=head.hash)
        return entry.model_copy(update={"hash": self._hash(customer_id, entry)})

    def holds(self, customer_id: str, newest: Link, entries: Sequence[StoredEntry | None]) -> bool:
        """Return True if entries are the unchanged part of a customer's chain that ends with `newest`.

        Args:
            customer_id: id of the customer.
            newest: place of the first of the entries.
            entries: newest first; None for an unreadable one.
        """
        for entry in entries:
            if entry is None or newest != Link(entry.sequence, entry.hash):
                return False
            if not hmac.compare_digest(entry.hash, self._hash(customer_id, entry)):
                return False
            newest = Link(entry.sequence - 1, entry.previous)
        return newest.sequence > 0 or newest == START

    def _hash(self, customer_id: str, entry: StoredEntry) -> str:
        hashed = {"customer": customer_id, **entry.model_dump(mode="json", exclude={"hash"}, exclude_none=True)}
        return hmac.new(self._key(), canonical(hashed), sha256).hexdigest()


def canonical(members: dict[str, Any]) -> bytes:
    """Return JSON with sorted names, without spaces, in ASCII."""
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode("ascii")


@cache
def audit_key() -> bytes:
    """Return the key of all chains: one KMS call, at first use.

    Environment:
        SIGNING_KEY_ID: ARN of an HMAC_256 key. The key that signs cursors is derived from it, too.
    """
    return chain_key(kms(), os.environ["SIGNING_KEY_ID"])


def chain_key(client: Kms, key_id: str) -> bytes:
    """Return the key of all chains, derived by KMS."""
    return derived(client, key_id, b"dossier/ssn/audit/v1")
