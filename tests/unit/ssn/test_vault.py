"""The blob's format: a known answer, and that nothing but exactly what was sealed opens."""

import pytest

from functions.ssn.errors import SsnUnreadable
from functions.ssn.vault import canonical, decrypt, encrypt

DATA_KEY = bytes(range(32))
NONCE = bytes(range(0x40, 0x4C))
CONTEXT = {
    "service": "ssn",
    "table": "dossier-test-ssn",
    "customer": "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G",
    "field": "ssn",
    "v": "1",
}
PLAINTEXT = b"899512046"

# Computed by another implementation: HKDF written out with the standard library's hmac, AES-256-GCM of pycryptodome.
BLOB = bytes.fromhex("01404142434445464748494a4b248e2248c9e5d4dd2a3d4f4d2f88840abd0c068788f9185117")
COMMITMENT = bytes.fromhex("4ee774b7fa07a9568b799f0cc68d5f5e7e951026b3d87db5970483273a7e8808")


def refused(data_key: bytes, blob: bytes, commitment: bytes, context: dict[str, str]) -> bool:
    try:
        decrypt(data_key, blob, commitment, context)
    except SsnUnreadable:
        return True
    return False


def bit_flips(original: bytes) -> list[bytes]:
    number = int.from_bytes(original, "big")
    return [(number ^ 1 << bit).to_bytes(len(original), "big") for bit in range(len(original) * 8)]


def test_the_format_gives_the_known_answer() -> None:
    assert encrypt(DATA_KEY, NONCE, CONTEXT, PLAINTEXT) == (BLOB, COMMITMENT)
    assert decrypt(DATA_KEY, BLOB, COMMITMENT, CONTEXT) == PLAINTEXT


def test_a_context_is_written_in_one_way() -> None:
    names = b'{"customer":"cus_01JD8Z4Q7X9V5T3R1N0M2K4H6G","field":"ssn","service":"ssn",'
    written = names + b'"table":"dossier-test-ssn","v":"1"}'
    assert canonical(CONTEXT) == written
    assert canonical(dict(reversed(CONTEXT.items()))) == written


def test_every_flipped_bit_of_a_blob_is_refused() -> None:
    outcomes = [refused(DATA_KEY, flipped, COMMITMENT, CONTEXT) for flipped in bit_flips(BLOB)]
    assert outcomes == [True] * 304


def test_every_flipped_bit_of_a_commitment_is_refused() -> None:
    outcomes = [refused(DATA_KEY, BLOB, flipped, CONTEXT) for flipped in bit_flips(COMMITMENT)]
    assert outcomes == [True] * 256


def test_every_flipped_bit_of_a_data_key_is_refused() -> None:
    outcomes = [refused(flipped, BLOB, COMMITMENT, CONTEXT) for flipped in bit_flips(DATA_KEY)]
    assert outcomes == [True] * 256


def test_every_truncation_and_an_appended_byte_are_refused() -> None:
    changed = [BLOB[:length] for length in range(38)] + [BLOB + b"\0"]
    assert [refused(DATA_KEY, blob, COMMITMENT, CONTEXT) for blob in changed] == [True] * 39
    cut = [COMMITMENT[:length] for length in range(32)]
    assert [refused(DATA_KEY, BLOB, commitment, CONTEXT) for commitment in cut] == [True] * 32


@pytest.mark.parametrize(
    "changed",
    [
        {"service": "credit"},
        {"table": "dossier-prod-ssn"},
        {"customer": "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6H"},
        {"field": "ssn_last4"},
        {"v": "2"},
        {"purpose": "reveal"},
    ],
)
def test_another_context_is_refused(changed: dict[str, str]) -> None:
    assert refused(DATA_KEY, BLOB, COMMITMENT, {**CONTEXT, **changed})


def test_a_blob_is_bound_to_its_context_even_where_the_commitment_is_made_for_another() -> None:
    elsewhere = {**CONTEXT, "customer": "cus_01JD8Z4Q7X9V5T3R1N0M2K4H6H"}
    _, commitment = encrypt(DATA_KEY, NONCE, elsewhere, PLAINTEXT)
    assert refused(DATA_KEY, BLOB, commitment, elsewhere)
