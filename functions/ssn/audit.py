"""The audit: a hash chain of entries for each customer.

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
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field

from functions.shared.aws.client import Kms, kms
from functions.shared.aws.signing import derived
from functions.shared.plain.clock import Timestamp
from functions.shared.plain.problems import MalformedHeader
from functions.shared.requests.caller import Caller
from functions.shared.requests.pages import Page
from functions.ssn.models import StoredSsnConsent
from functions.ssn.numbers import id_holds_ssn

# The hash before a chain's first entry.
NOTHING = "0" * 64


class SsnAuditAction(StrEnum):
    """Audited operations. Reading a masked number is not audited."""

    STORE = "store"
    REPLACE = "replace"
    ERASE = "erase"
    VERIFY = "verify"
    LOOKUP = "lookup"
    REVEAL = "reveal"
    REINDEX = "reindex"
    RESEAL = "reseal"


class SsnAuditOutcome(StrEnum):
    """Result of an audited operation."""

    DONE = "done"
    MATCH = "match"
    NO_MATCH = "no_match"
    CONFLICT = "conflict"


class Requester(Caller):
    """The client of a request, and the person that it acts for."""

    client_id: Annotated[str, Field(description="Client that sent the request.", examples=["5q2v0example7client1id"])]
    actor: Annotated[
        str | None,
        Field(description="Opaque id of the person for whom the client acted.", examples=["usr_0001"]),
    ] = None
    request_id: Annotated[
        str,
        Field(
            description="Id of the request, as in its `Dossier-Request-Id` header.",
            examples=["JKJaXmPLvHcESHA="],
        ),
    ]

    @classmethod
    def of(cls, caller: Caller, request_id: str) -> "Requester":
        """Return the requester of a request.

        Raises:
            MalformedHeader: the actor's id contains a number. Audit entries store it in the clear.
        """
        if caller.actor is not None and id_holds_ssn(caller.actor):
            raise MalformedHeader("Send an opaque id as Dossier-Actor. It must not contain a person's number.")
        return cls(**caller.model_dump(), request_id=request_id)

    def act(self, action: SsnAuditAction, **details: Any) -> "Act":
        """Return an operation of this requester; `details` are members of `Act`."""
        return Act(**self.model_dump(), action=action, **details)


class Act(Requester):
    """An operation on a number, with its requester and reason."""

    action: Annotated[SsnAuditAction, Field(description="What was done.", examples=["reveal"])]
    outcome: SsnAuditOutcome = SsnAuditOutcome.DONE
    purpose: Annotated[
        str | None,
        Field(
            description="Purpose of a lookup, a reveal or a verification; for `reindex` and `reseal`, what changed.",
            examples=["tax_reporting"],
        ),
    ] = None
    justification: Annotated[
        str | None,
        Field(description="Justification of a reveal.", examples=["Form 1099-INT of the tax year, batch 7"]),
    ] = None
    consent: Annotated[
        StoredSsnConsent | None,
        Field(description="Consent that a verification used."),
    ] = None


class SsnAuditEntry(Act, extra="forbid"):
    """An operation and its place in the customer's audit chain."""

    sequence: Annotated[int, Field(description="Place in the chain, from 1.", examples=[4])]
    at: Annotated[
        Timestamp, Field(description="Time at which the entry was written.", examples=["2026-11-22T15:30:00.000Z"])
    ]
    # No default here: an entry without its outcome was changed.
    outcome: Annotated[
        SsnAuditOutcome,
        Field(
            description="Result: `match` or `no_match` for a verification, `conflict` if another customer has the"
            " number, and `done` otherwise.",
            examples=["done"],
        ),
    ]
    previous: Annotated[
        str,
        Field(description="`hash` of the previous entry; zeros for the first one.", examples=["9b74c9897bac770f" * 4]),
    ]
    hash: Annotated[
        str, Field(description="Keyed hash of this entry and the previous one.", examples=["3f7ad1c05b28e964" * 4])
    ] = ""


class SsnAuditPage(Page[SsnAuditEntry]):
    """A page of a customer's audit, newest entry first."""

    verified: Annotated[
        bool,
        Field(
            description="True if no entry of the page is missing or changed, and it continues the previous page.",
            examples=[True],
        ),
    ]


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

    def entry(self, customer_id: str, head: Link, act: Act, at: datetime) -> SsnAuditEntry:
        """Return the entry that follows the head of a customer's chain."""
        entry = SsnAuditEntry(**act.model_dump(), sequence=head.sequence + 1, at=at, previous=head.hash)
        return entry.model_copy(update={"hash": self._hash(customer_id, entry)})

    def holds(self, customer_id: str, newest: Link, entries: Sequence[SsnAuditEntry | None]) -> bool:
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

    def _hash(self, customer_id: str, entry: SsnAuditEntry) -> str:
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
