"""Encryption of the justifications of reveals, which can be read until their retention ends.

Each customer has a key for each year in which a number was revealed: 32 random bytes in a table that is never restored
with the others. The data key is an HMAC of these bytes under the audit's key, which only KMS can derive, so neither the
table nor KMS alone opens a text, and no request needs a KMS call. After the retention the bytes are deleted. The audit
contains only the ciphertext, and its chain covers it: the chain verifies before and after.
"""

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from functions.ssn.audit import SealedJustification, SsnAuditEntry, SsnJustificationMissing, StoredEntry
from functions.ssn.errors import SsnUnreadable
from functions.ssn.vault import DERIVED_BYTES, FORMAT, NONCE_BYTES, decrypt, encrypt

# 15 USC 1681p: a consumer can sue within five years of a violation, so the reason of a reveal is needed as long.
RETENTION_YEARS = 5
KEY_BYTES = 32


def retention_end(year: int) -> datetime:
    """Return when the justifications of a year are deleted: five years after its end."""
    return datetime(year + 1 + RETENTION_YEARS, 1, 1, tzinfo=UTC)


def new_key() -> bytes:
    """Return the key of a customer and a year."""
    return os.urandom(KEY_BYTES)


class Justifications:
    """Seals and opens justifications."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Use the audit's key, which `key` returns. It is called for the first text."""
        self._key = key

    def seal(self, customer_id: str, year: int, key: bytes, text: str) -> SealedJustification:
        """Return a text, encrypted for a customer and a year."""
        context = _context(customer_id, year, FORMAT)
        blob, commitment = encrypt(self._data_key(key), os.urandom(NONCE_BYTES), context, text.encode())
        return SealedJustification(year=year, ciphertext=b64encode(commitment + blob).decode())

    def shown(self, customer_id: str, entry: StoredEntry, keys: Mapping[int, bytes], at: datetime) -> SsnAuditEntry:
        """Return a stored entry as clients see it, with its text or the reason why it is missing.

        Args:
            customer_id: id of the customer.
            entry: stored entry.
            keys: the customer's keys, by year.
            at: current time.
        """
        shown = SsnAuditEntry(**entry.model_dump(exclude={"sealed_justification"}))
        if sealed := entry.sealed_justification:
            try:
                shown.justification = self._open(customer_id, keys[sealed.year], sealed)
            except (KeyError, ValueError, SsnUnreadable):
                ended = retention_end(sealed.year) <= at
                shown.justification_missing = (
                    SsnJustificationMissing.RETENTION_ENDED if ended else SsnJustificationMissing.UNREADABLE
                )
        return shown

    def _open(self, customer_id: str, key: bytes, sealed: SealedJustification) -> str:
        stored = b64decode(sealed.ciphertext)
        commitment, blob = stored[:DERIVED_BYTES], stored[DERIVED_BYTES:]
        context = _context(customer_id, sealed.year, int.from_bytes(blob[:1], "big"))
        return decrypt(self._data_key(key), blob, commitment, context).decode()

    def _data_key(self, key: bytes) -> bytes:
        # An entry of the chain, which is hashed with the same key, starts with a brace.
        return hmac.digest(self._key(), b"dossier/ssn/justification/v1/" + key, "sha256")


def _context(customer_id: str, year: int, version: int) -> dict[str, str]:
    field = {"field": "justification", "year": str(year)}
    return {"service": "ssn", "customer": customer_id, **field, "v": str(version)}
