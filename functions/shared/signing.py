"""The service's signing key: derived once per process from its KMS HMAC key, so that no secret is stored anywhere."""

import os
from functools import cache

from functions.shared.aws import kms


@cache
def signing_key() -> bytes:
    """32 bytes that only this service can derive; one KMS call, at first use.

    Environment:
        SIGNING_KEY_ID: ARN of an HMAC_256 key.
    """
    answer = kms().generate_mac(
        KeyId=os.environ["SIGNING_KEY_ID"], Message=b"dossier/signing/v1", MacAlgorithm="HMAC_SHA_256"
    )
    return bytes(answer["Mac"])
