"""The blind index: how a number is recognised without being read.

A number's mark is the full 32 bytes of KMS's HMAC-SHA-256 over a prefix with the index's version, and the nine digits.
In KMS, as with a key in memory half an hour of one core finds all 10^9 numbers; through KMS that takes hours at quota,
and stands in CloudTrail.

The key is changed by a second version beside the first: `versions` are those that are written, and looked for when a
number must be unique; the first of them is complete, and answers lookups and verifications. So "1", then "1,2" while
the job fills in what is missing, then "2".
"""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from functions.shared.aws import Kms
from functions.shared.signing import derived

Marks = dict[int, bytes]


class BlindIndex:
    """Makes the marks of numbers."""

    def __init__(self, kms: Kms, key_ids: Mapping[int, str], versions: Sequence[int]) -> None:
        """Use KMS keys.

        Args:
            kms: makes MACs.
            key_ids: ARN of the HMAC_256 key of each version.
            versions: those in use, the complete one first.
        """
        self._kms = kms
        self._key_ids = key_ids
        self.versions = tuple(versions)

    @property
    def complete(self) -> int:
        """The version that every number stands in."""
        return self.versions[0]

    def mark(self, ssn: SecretStr, version: int | None = None) -> bytes:
        """A number's mark in a version, the complete one without: one KMS call."""
        version = version or self.complete
        message = f"dossier/ssn/index/v{version}/{ssn.get_secret_value()}".encode("ascii")
        return derived(self._kms, self._key_ids[version], message)

    def marks(self, ssn: SecretStr) -> Marks:
        """A number's mark in each version in use: one KMS call each."""
        return {version: self.mark(ssn, version) for version in self.versions}
