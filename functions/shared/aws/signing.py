"""The service's signing key. Each process derives it from a KMS HMAC key, so it is not stored."""

import os
from functools import cache

from functions.shared.aws.client import Kms, kms


@cache
def signing_key() -> bytes:
    """Return 32 bytes that only this service can derive. The first use makes one KMS call.

    Environment:
        SIGNING_KEY_ID: ARN of an HMAC_256 key.
    """
    return derived(kms(), os.environ["SIGNING_KEY_ID"], b"dossier/signing/v1")


def derived(client: Kms, key_id: str, purpose: bytes) -> bytes:
    """Return 32 bytes that the HMAC_256 key `key_id` derives for a purpose, with one KMS call."""
    return bytes(client.generate_mac(KeyId=key_id, Message=purpose, MacAlgorithm="HMAC_SHA_256")["Mac"])
