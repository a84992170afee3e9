"""The vault's cryptography: each secret sealed with a data key of its own, which only KMS can unwrap.

A data key belongs to one customer, one field and one writing. From it come, by HKDF-SHA256 (RFC 5869), an encryption
key and a commitment tag. What is stored of a secret:

    blob         format (1 byte) | nonce (12 bytes) | ciphertext and tag (length of the secret + 16)
    commitment   32 bytes: says which data key the blob belongs to, so that no other can be passed off for it
    wrapped key  KMS's; unwrapped with the same context alone

The context {service, table, customer, field, v} is KMS's encryption context (so CloudTrail shows who opened what:
opaque ids only), and, written canonically, enters both derivations and the cipher's associated data. `table` is a name
that survives a restore into a table of another name; `v` is the format. A new format is a new entry of `CIPHERS`: what
is sealed in an older one still opens, until the maintenance job has sealed it anew.

What stands beside a blob in clear (`verified`, `version`, times) is not bound to it, nor is a mark of the index to its
customer: whoever may write to the tables may change or swap them, so that a question is answered wrongly, and learns
nothing by that.
"""

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from functions.shared.aws import Kms, error_code
from functions.ssn.errors import SsnUnreadable


class Aead(Protocol):
    """A cipher of `cryptography`, as AESGCM is one."""

    def __init__(self, key: bytes) -> None: ...
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...  # noqa: D102
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...  # noqa: D102


FORMAT = 1
# The cipher of each format that can be read: AES-256-GCM, with a 32-byte key and a 12-byte nonce.
CIPHERS: dict[int, type[Aead]] = {1: AESGCM}
NONCE_BYTES = 12
DERIVED_BYTES = 32
# KMS: the wrapped key was changed or had another context; it was wrapped with another KMS key.
_NOT_OURS = {"InvalidCiphertextException", "IncorrectKeyException"}


class SealedField(StrEnum):
    """What is sealed of a number; each has a KMS key of its own."""

    NUMBER = "ssn"
    LAST4 = "ssn_last4"


@dataclass(frozen=True)
class Sealed:
    """A secret as it is stored: `wrapped_key` goes into the keyring table, the rest into the data table."""

    blob: bytes
    commitment: bytes
    wrapped_key: bytes

    @property
    def format(self) -> int:
        """The format that the blob says it has; 0, which is none, for an empty one."""
        return int.from_bytes(self.blob[:1], "big")


class Vault:
    """Seals and opens the secrets of one table; it keeps no data key, so that CloudTrail shows each opening."""

    def __init__(self, kms: Kms, key_ids: Mapping[SealedField, str], table: str, sealing: int = FORMAT) -> None:
        """Use KMS keys.

        Args:
            kms: makes and unwraps data keys.
            key_ids: ARN of the symmetric KMS key of each field in use; its policy decides who may open that field.
            table: logical name of the table, part of every context.
            sealing: the format in which to seal; every format of `CIPHERS` is opened.
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
            SsnUnreadable: it was not sealed for this customer and field, or is not whole.
        """
        context = self._context(customer_id, field, sealed.format)
        try:
            answer = self._kms.decrypt(
                KeyId=self._key_ids[field], CiphertextBlob=sealed.wrapped_key, EncryptionContext=context
            )
        except ClientError as error:
            if error_code(error) in _NOT_OURS:
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
        context: what the result is bound to; `v` is the format.
        plaintext: the secret.

    Returns:
        The blob and the commitment.
    """
    bound, version = canonical(context), int(context["v"])
    ciphertext = CIPHERS[version](_derive(data_key, "encryption", bound, version)).encrypt(nonce, plaintext, bound)
    return bytes([version]) + nonce + ciphertext, _derive(data_key, "commitment", bound, version)


def decrypt(data_key: bytes, blob: bytes, commitment: bytes, context: Mapping[str, str]) -> bytes:
    """Undo `encrypt`.

    Raises:
        SsnUnreadable: any argument is not as it was.
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
    """The one way to write a context: JSON, names sorted, no spaces, ASCII."""
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode("ascii")


def _derive(data_key: bytes, purpose: str, bound: bytes, version: int) -> bytes:
    # No salt: the data key is uniformly random (RFC 5869, section 3.1).
    info = f"dossier/ssn/v{version}/{purpose}/".encode("ascii") + bound
    return HKDF(algorithm=SHA256(), length=DERIVED_BYTES, salt=None, info=info).derive(data_key)
