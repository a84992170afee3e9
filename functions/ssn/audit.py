"""The audit: one chain of entries a customer, in which a change, a gap, another order and a cut tail all show.

An entry's `hash` is an HMAC over its members, the customer's id and the hash of the entry before it: whoever may write
to the tables but not ask KMS for the key cannot make one. The key is derived by one KMS call a process, so that an
entry costs none. The chain's head, {sequence, hash}, stands in another table.

What stays open: whoever puts back both tables as they were at one time takes both back to that time; CloudTrail's log
of data keys is the second witness.
"""

import hmac
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any

from functions.shared.aws import Kms, kms
from functions.shared.caller import Caller
from functions.shared.clock import Timestamp
from functions.shared.pages import Page
from functions.shared.signing import derived
from functions.ssn.models import StoredSsnConsent

# What stands before a chain's first entry.
NOTHING = "0" * 64


class SsnAuditAction(StrEnum):
    """What is audited: whatever changes, compares, finds or opens a number; reading it masked is not."""

    STORE = "store"
    REPLACE = "replace"
    ERASE = "erase"
    VERIFY = "verify"
    LOOKUP = "lookup"
    REVEAL = "reveal"
    REINDEX = "reindex"
    RESEAL = "reseal"


class SsnAuditOutcome(StrEnum):
    """What came of it."""

    DONE = "done"
    MATCH = "match"
    NO_MATCH = "no_match"
    CONFLICT = "conflict"


class Requester(Caller):
    """Requester asks, and in which request."""

    request_id: str


class Act(Requester):
    """What was done, by whom, and why."""

    action: SsnAuditAction
    outcome: SsnAuditOutcome = SsnAuditOutcome.DONE
    purpose: str | None = None
    justification: str | None = None
    consent: StoredSsnConsent | None = None


class SsnAuditEntry(Act, extra="forbid"):
    """An act in its place in the chain, which starts at sequence 1."""

    sequence: int
    at: Timestamp
    # Without its default: an entry from which it was removed is no entry.
    outcome: SsnAuditOutcome
    previous: str
    hash: str = ""


class SsnAuditPage(Page[SsnAuditEntry]):
    """A page of the chain, newest first; `verified` says that it is whole, and continues the page before it."""

    verified: bool


@dataclass(frozen=True)
class Link:
    """A place in the chain: an entry's sequence and hash."""

    sequence: int = 0
    hash: str = NOTHING

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> "Link":
        """Undo `str`."""
        sequence, _, hash_ = text.partition(":")
        return cls(int(sequence), hash_)


START = Link()


class Chain:
    """Makes entries, and judges them."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Use the key that `key` gives, asked for with the first entry."""
        self._key = key

    def entry(self, customer_id: str, head: Link, act: Act, at: datetime) -> SsnAuditEntry:
        """The entry that follows the head of a customer's chain."""
        entry = SsnAuditEntry(**act.model_dump(), sequence=head.sequence + 1, at=at, previous=head.hash)
        return entry.model_copy(update={"hash": self._hash(customer_id, entry)})

    def holds(self, customer_id: str, newest: Link, entries: Sequence[SsnAuditEntry | None]) -> bool:
        """Whether entries are the piece of a customer's chain that ends in `newest`.

        Args:
            customer_id: whose.
            newest: what the first entry has to be.
            entries: newest first; None for what cannot be read as one.
        """
        for entry in entries:
            if entry is None or newest != Link(entry.sequence, entry.hash):
                return False
            if not hmac.compare_digest(entry.hash, self._hash(customer_id, entry)):
                return False
            newest = Link(entry.sequence - 1, entry.previous)
        return newest.sequence > 0 or newest == START

    def _hash(self, customer_id: str, entry: SsnAuditEntry) -> str:
        said = {"customer": customer_id, **entry.model_dump(mode="json", exclude={"hash"}, exclude_none=True)}
        return hmac.new(self._key(), canonical(said), sha256).hexdigest()


def canonical(said: dict[str, Any]) -> bytes:
    """The one way to write an entry: JSON, names sorted, no spaces, ASCII."""
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")


@cache
def audit_key() -> bytes:
    """The key of all chains; one KMS call, at first use.

    Environment:
        SIGNING_KEY_ID: ARN of an HMAC_256 key; cursors are signed with another one derived from it.
    """
    return chain_key(kms(), os.environ["SIGNING_KEY_ID"])


def chain_key(client: Kms, key_id: str) -> bytes:
    """The key of all chains, derived by KMS."""
    return derived(client, key_id, b"dossier/ssn/audit/v1")
