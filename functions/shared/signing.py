"""The service's signing key: derived once per process from its KMS HMAC key, so that no secret is stored anywhere."""

import os
from functools import cache

from functions.shared.aws import Kms, kms


@cache
def signing_key() -> bytes:
    """32 bytes that only this service can derive; one KMS call, at first use.

    Environment:
        SIGNING_KEY_ID: ARN of an HMAC_256 key.
    """
    return derived(kms(), os.environ["SIGNING_KEY_ID"], b"dossier/signing/v1")


def derived(client: Kms, key_id: str, purpose: bytes) -> bytes:
    """The 32 bytes that the HMAC_256 key `key_id` gives for a purpose: one KMS call."""
    return bytes(client.generate_mac(KeyId=key_id, Message=purpose, MacAlgorithm="HMAC_SHA_256")["Mac"])
