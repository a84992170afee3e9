"""Seals of retained records, made by KMS.

A role that may encrypt with the key can seal records. Only a role that may decrypt with it can open them. A record is
compressed and cut into parts, which KMS encrypts directly: the service needs no cipher of its own. The encryption
context {service, customer, record, part} binds each part to its place. CloudTrail records it, so it contains only ids.
"""

import zlib
from collections.abc import Sequence

from functions.shared.aws.client import Kms

# https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
PART_BYTES = 4096


class Seals:
    """Seals and opens records with one KMS key."""

    def __init__(self, kms: Kms, key_id: str) -> None:
        """Use the symmetric key with the ARN `key_id` through `kms`."""
        self._kms = kms
        self._key_id = key_id

    def seal(self, customer_id: str, record_id: str, text: str) -> list[bytes]:
        """Return the sealed parts of a record: one KMS call for each 4 KB."""
        plain = zlib.compress(text.encode())
        parts = [plain[start : start + PART_BYTES] for start in range(0, len(plain), PART_BYTES)]
        return [
            self._kms.encrypt(KeyId=self._key_id, Plaintext=part, EncryptionContext=context)["CiphertextBlob"]
            for part, context in zip(parts, _contexts(customer_id, record_id, len(parts)), strict=True)
        ]

    def open(self, customer_id: str, record_id: str, parts: Sequence[bytes]) -> str:
        """Return the text of a sealed record: one KMS call for each part.

        Raises:
            CallRefused: a part was changed, or belongs to another place.
        """
        plain = [
            self._kms.decrypt(KeyId=self._key_id, CiphertextBlob=part, EncryptionContext=context)["Plaintext"]
            for part, context in zip(parts, _contexts(customer_id, record_id, len(parts)), strict=True)
        ]
        return zlib.decompress(b"".join(plain)).decode()


def _contexts(customer_id: str, record_id: str, parts: int) -> list[dict[str, str]]:
    place = {"service": "credit", "customer": customer_id, "record": record_id}
    return [{**place, "part": f"{number}/{parts}"} for number in range(1, parts + 1)]
