"""The blind index finds a number without decryption.

A number's mark is the HMAC-SHA-256 of a prefix with the index's version and the nine digits, 32 bytes, made by KMS.
With a key in memory, one core could find all 10^9 numbers in half an hour. With KMS this takes hours at its quota, and
CloudTrail records it.

A second version replaces the key. A write makes a mark in each of `versions`, and a number must be unique in each. The
first version is complete: every number has a mark in it, so it answers lookups and verifications. A rotation sets "1,2"
while a job adds the missing marks, then "2".
"""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from functions.shared.aws.client import Kms
from functions.shared.aws.signing import derived

Marks = dict[int, bytes]


class BlindIndex:
    """Makes marks."""

    def __init__(self, kms: Kms, key_ids: Mapping[int, str], versions: Sequence[int]) -> None:
        """Use KMS keys.

        Args:
            kms: makes MACs.
            key_ids: ARN of the HMAC_256 key of each version.
            versions: versions in use, the complete one first.
        """
        self._kms = kms
        self._key_ids = key_ids
        self.versions = tuple(versions)

    @property
    def complete(self) -> int:
        """The version in which every number has a mark."""
        return self.versions[0]

    def mark(self, ssn: SecretStr, version: int | None = None) -> bytes:
        """Return a number's mark in a version, by default the complete one: one KMS call."""
        version = version or self.complete
        message = f"dossier/ssn/index/v{version}/{ssn.get_secret_value()}".encode("ascii")
        return derived(self._kms, self._key_ids[version], message)

    def marks(self, ssn: SecretStr) -> Marks:
        """Return a number's mark in each version in use: one KMS call each."""
        return {version: self.mark(ssn, version) for version in self.versions}
