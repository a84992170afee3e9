"""The blind index: a known answer, and one KMS call a mark."""

import hmac
from hashlib import sha256
from typing import Any, cast

from pydantic import SecretStr

from functions.shared.aws.client import Kms
from functions.ssn.blind_index import BlindIndex

# As `openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f` has it for dossier/ssn/index/v1/899512046.
KEYS = {"key-1": bytes(range(32)), "key-2": bytes(range(32, 64))}
MARK = "b709b080f624869fd00ba48ba192a6aa99f7c1a4abf9a204b34e3c094cf932f3"
SSN = SecretStr("899512046")


class KeysInMemory:
    """KMS with keys that are known."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def generate_mac(self, **request: Any) -> dict[str, Any]:
        """HMAC-SHA-256 (RFC 2104)."""
        assert request["MacAlgorithm"] == "HMAC_SHA_256"
        self.messages.append(request["Message"])
        return {"Mac": hmac.new(KEYS[request["KeyId"]], request["Message"], sha256).digest()}


def index(kms: KeysInMemory, *versions: int) -> BlindIndex:
    return BlindIndex(cast("Kms", kms), {1: "key-1", 2: "key-2"}, versions)


def test_a_mark_is_the_known_answer() -> None:
    assert index(KeysInMemory(), 1).mark(SSN).hex() == MARK


def test_each_version_has_its_own_key_and_prefix() -> None:
    kms = KeysInMemory()
    marks = index(kms, 2, 1).marks(SSN)
    assert list(marks) == [2, 1]
    assert marks[1].hex() == MARK
    assert kms.messages == [b"dossier/ssn/index/v2/899512046", b"dossier/ssn/index/v1/899512046"]


def test_the_first_version_is_the_complete_one() -> None:
    kms = KeysInMemory()
    assert index(kms, 2, 1).mark(SSN) == index(KeysInMemory(), 2).mark(SSN)
    assert len(kms.messages) == 1
