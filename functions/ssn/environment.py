"""The services of a process, made from its environment.

Variables:

    TABLE_NAME, KEYRING_NAME, AUDIT_NAME   the tables
    VAULT_NAME                   name of the data table in every encryption context; keep its value if a restore
                                 renames the table
    NUMBER_KEY_ID, LAST4_KEY_ID  ARNs of the symmetric KMS keys for full numbers and for their last four digits
    INDEX_VERSIONS               versions of the blind index in use, see blind_index.py
    INDEX_KEY_1_ID, …            ARN of the HMAC_256 key of each version
    SIGNING_KEY_ID               ARN of the HMAC_256 key from which the audit's key is derived
"""

import os
from functools import cache

from functions.shared.aws.client import DynamoDB, dynamodb, kms
from functions.shared.aws.quota import Quotas
from functions.ssn.audit import Chain, audit_key
from functions.ssn.blind_index import BlindIndex
from functions.ssn.reveal_service import RevealService
from functions.ssn.service import SsnService
from functions.ssn.store import SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault


@cache
def get_service() -> SsnService:
    """Return the ordinary function's service."""
    client, kms_client = dynamodb(), kms()
    key_ids = {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"], SealedField.LAST4: os.environ["LAST4_KEY_ID"]}
    versions = index_versions()
    index_keys = {version: os.environ[f"INDEX_KEY_{version}_ID"] for version in versions}
    return SsnService(
        _store(client),
        Vault(kms_client, key_ids, os.environ["VAULT_NAME"]),
        BlindIndex(kms_client, index_keys, versions),
        Quotas(client, os.environ["TABLE_NAME"]),
    )


@cache
def get_reveal_service() -> RevealService:
    """Return the reveal function's service. Its environment has no LAST4_KEY_ID and no index."""
    client = dynamodb()
    vault = Vault(kms(), {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"]}, os.environ["VAULT_NAME"])
    return RevealService(_store(client), vault, Quotas(client, os.environ["TABLE_NAME"]))


def index_versions() -> list[int]:
    """Return the versions of the blind index in use, the complete one first."""
    return [int(version) for version in os.environ["INDEX_VERSIONS"].split(",")]


def _store(client: DynamoDB) -> SsnStore:
    tables = Tables(os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"], os.environ["AUDIT_NAME"])
    return SsnStore(client, tables, Chain(audit_key))
