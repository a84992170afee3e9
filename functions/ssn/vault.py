"""Encryption of the vault: each secret has its own data key, which only KMS can unwrap.

A data key is used for one customer, one field and one write. HKDF-SHA256 (RFC 5869) derives an encryption key and a
commitment from it. The tables store:

    blob         format (1 byte) | nonce (12 bytes) | ciphertext and tag (length of the secret + 16)
    commitment   32 bytes, which bind the blob to its data key: no other data key can be used in its place
    wrapped key  the data key, encrypted by KMS with the same context

The context {service, table, customer, field, v} is KMS's encryption context, so CloudTrail records the customer's
opaque id. Its canonical form is also part of both derivations and of the cipher's associated data. `table` is a logical
name that survives a restore into another table; `v` is the format. A new format is a new entry of `CIPHERS`: older
formats can still be opened until the maintenance job has encrypted all numbers again.

Attributes in the clear (`verified`, `version`, times) are not bound to the blob, and a mark is not bound to its
customer. An attacker who can write to the tables can change or swap them. Requests then return wrong results, but
disclose nothing to the attacker.
"""

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from functions.shared.aws.client import Kms
from functions.shared.aws.errors import CallRefused
from functions.ssn.errors import SsnUnreadable


class Aead(Protocol):
    """A cipher of `cryptography`, such as AESGCM."""

    def __init__(self, key: bytes) -> None: ...
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...  # noqa: D102
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...  # noqa: D102


FORMAT = 1
# Readable formats. AES-256-GCM has a 32-byte key and a 12-byte nonce.
CIPHERS: dict[int, type[Aead]] = {1: AESGCM}
NONCE_BYTES = 12
DERIVED_BYTES = 32
# The wrapped key was changed, has another context, or was wrapped with another KMS key.
_NOT_OURS = {"InvalidCiphertextException", "IncorrectKeyException"}


class SealedField(StrEnum):
    """Sealed fields of a number, each with its own KMS key."""

    NUMBER = "ssn"
    LAST4 = "ssn_last4"


@dataclass(frozen=True)
class Sealed:
    """A sealed secret. `wrapped_key` is stored in the keyring table, the others in the data table."""

    blob: bytes
    commitment: bytes
    wrapped_key: bytes

    @property
    def format(self) -> int:
        """Format in the blob's first byte; 0 if the blob is empty, which is no format."""
        return int.from_bytes(self.blob[:1], "big")


class Vault:
    """Seals and opens the secrets of one table. Data keys are not cached, so CloudTrail records each decryption."""

    def __init__(self, kms: Kms, key_ids: Mapping[SealedField, str], table: str, sealing: int = FORMAT) -> None:
        """Use KMS keys.

        Args:
            kms: makes and unwraps data keys.
            key_ids: ARN of the symmetric KMS key of each field; its policy decides who may open that field.
            table: logical name of the table, part of every context.
            sealing: format of new secrets; every format of `CIPHERS` can be opened.
        """
        self.sealing = sealing
        self._kms = kms
        self._key_ids = key_ids
        self._table = table

    def seal(self, customer_id: str, field: SealedField, secret: SecretStr) -> Sealed:
        """Seal a customer's secret under a new data key: one KMS call."""
        context = self._context(customer_id, field, self.sealing)
        answer = self._kms.generate_data_key(KeyId=self._key_ids[field], KeySpec="AES_256", EncryptionContext=context)
        plaintext = secret.get_secret_value().encode("ascii")
        blob, commitment = encrypt(answer["Plaintext"], os.urandom(NONCE_BYTES), context, plaintext)
        return Sealed(blob, commitment, answer["CiphertextBlob"])

    def open(self, customer_id: str, field: SealedField, sealed: Sealed) -> SecretStr:
        """Open a customer's secret: one KMS call.

        Raises:
            SsnUnreadable: the secret was sealed for another customer or field, or was changed.
        """
        context = self._context(customer_id, field, sealed.format)
        try:
            answer = self._kms.decrypt(
                KeyId=self._key_ids[field], CiphertextBlob=sealed.wrapped_key, EncryptionContext=context
            )
        except CallRefused as error:
            if error.code in _NOT_OURS:
                raise SsnUnreadable from None
            raise
        return SecretStr(decrypt(answer["Plaintext"], sealed.blob, sealed.commitment, context).decode("ascii"))

    def _context(self, customer_id: str, field: SealedField, version: int) -> dict[str, str]:
        return {"service": "ssn", "table": self._table, "customer": customer_id, "field": field, "v": str(version)}


def encrypt(data_key: bytes, nonce: bytes, context: Mapping[str, str], plaintext: bytes) -> tuple[bytes, bytes]:
    """Encrypt under a data key.

    Args:
        data_key: 32 random bytes.
        nonce: 12 bytes, never used before with this data key.
        context: the result is bound to it; `v` is the format.
        plaintext: the secret.

    Returns:
        The blob and the commitment.
    """
    bound, version = canonical(context), int(context["v"])
    ciphertext = CIPHERS[version](_derive(data_key, "encryption", bound, version)).encrypt(nonce, plaintext, bound)
    return bytes([version]) + nonce + ciphertext, _derive(data_key, "commitment", bound, version)


def decrypt(data_key: bytes, blob: bytes, commitment: bytes, context: Mapping[str, str]) -> bytes:
    """Return the plaintext of `encrypt`.

    Raises:
        SsnUnreadable: an argument differs from those of `encrypt`.
    """
    bound, version = canonical(context), int(context["v"])
    if blob[:1] != bytes([version]) or version not in CIPHERS:
        raise SsnUnreadable
    if not hmac.compare_digest(commitment, _derive(data_key, "commitment", bound, version)):
        raise SsnUnreadable
    nonce, ciphertext = blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
    try:
        return CIPHERS[version](_derive(data_key, "encryption", bound, version)).decrypt(nonce, ciphertext, bound)
    except (InvalidTag, ValueError):  # ValueError: the nonce is cut.
        raise SsnUnreadable from None


def canonical(context: Mapping[str, str]) -> bytes:
    """Return a context as JSON with sorted names, without spaces, in ASCII."""
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode("ascii")


def _derive(data_key: bytes, purpose: str, bound: bytes, version: int) -> bytes:
    # No salt: the data key is uniformly random (RFC 5869, section 3.1).
    info = f"dossier/ssn/v{version}/{purpose}/".encode("ascii") + bound
    return HKDF(algorithm=SHA256(), length=DERIVED_BYTES, salt=None, info=info).derive(data_key)
