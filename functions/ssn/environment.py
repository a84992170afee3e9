"""The services of a process, made from its environment.

Variables:

    TABLE_NAME, KEYRING_NAME, AUDIT_NAME, JUSTIFICATIONS_NAME   the tables
    VAULT_NAME                   name of the data table in every encryption context; keep its value if a restore
                                 renames the table
    NUMBER_KEY_ID, LAST4_KEY_ID  ARNs of the symmetric KMS keys for full numbers and for their last four digits
    INDEX_VERSIONS               versions of the blind index in use, see blind_index.py
    INDEX_KEY_1_ID, …            ARN of the HMAC_256 key of each version
    SIGNING_KEY_ID               ARN of the HMAC_256 key from which the audit's key is derived
"""

import os
from functools import cache

from functions.shared.aws.client import dynamodb, kms
from functions.shared.aws.quota import Quotas
from functions.ssn.audit_service import AuditService
from functions.ssn.audit_store import AuditStore
from functions.ssn.blind_index import BlindIndex
from functions.ssn.chain import Chain, audit_key
from functions.ssn.consent_service import ConsentService
from functions.ssn.consent_store import ConsentStore
from functions.ssn.erasure_service import ErasureService
from functions.ssn.export_service import ExportService
from functions.ssn.justifications import Justifications
from functions.ssn.reveal_service import RevealService
from functions.ssn.service import SsnService
from functions.ssn.store import SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault


@cache
def get_service() -> SsnService:
    """Return the service of stored numbers, in the ordinary function."""
    kms_client, versions = kms(), index_versions()
    index_keys = {version: os.environ[f"INDEX_KEY_{version}_ID"] for version in versions}
    return SsnService(
        _store(),
        Vault(kms_client, _key_ids(), os.environ["VAULT_NAME"]),
        BlindIndex(kms_client, index_keys, versions),
        _quotas(),
    )


@cache
def get_erasures() -> ErasureService:
    """Return the service of erasures."""
    return ErasureService(_store(), ConsentStore(_store()))


@cache
def get_consents() -> ConsentService:
    """Return the service of consents."""
    return ConsentService(_store(), ConsentStore(_store()))


@cache
def get_audit() -> AuditService:
    """Return the service that reads the audit."""
    return AuditService(AuditStore(_store()), Justifications(audit_key))


@cache
def get_exports() -> ExportService:
    """Return the service of exports."""
    return ExportService(_store(), Vault(kms(), _key_ids(), os.environ["VAULT_NAME"]), _quotas(), get_audit())


@cache
def get_reveal_service() -> RevealService:
    """Return the reveal function's service. Its environment has no LAST4_KEY_ID and no index."""
    vault = Vault(kms(), {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"]}, os.environ["VAULT_NAME"])
    return RevealService(_store(), vault, _quotas(), Justifications(audit_key))


def index_versions() -> list[int]:
    """Return the versions of the blind index in use, the complete one first."""
    return [int(version) for version in os.environ["INDEX_VERSIONS"].split(",")]


def _key_ids() -> dict[SealedField, str]:
    return {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"], SealedField.LAST4: os.environ["LAST4_KEY_ID"]}


def _quotas() -> Quotas:
    return Quotas(_store().client, os.environ["TABLE_NAME"])


@cache
def _store() -> SsnStore:
    names = ("TABLE_NAME", "KEYRING_NAME", "AUDIT_NAME", "JUSTIFICATIONS_NAME")
    tables = Tables(*(os.environ[name] for name in names))
    return SsnStore(dynamodb(), tables, Chain(audit_key))
