"""The maintenance role: its credentials, the jobs with its permissions, and the operator's name in the audit."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import cast

from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.session import Session

from functions.shared.aws.boto import CLIENT_CONFIG, BotocoreCalls
from functions.shared.aws.client import Attempting, Kms
from functions.shared.plain.problems import MalformedHeader
from functions.shared.requests.caller import caller
from functions.ssn.audit import Requester
from functions.ssn.blind_index import BlindIndex
from functions.ssn.chain import Chain, chain_key
from functions.ssn.numbers import id_holds_ssn
from functions.ssn.store import SsnStore
from functions.ssn.tables import Tables
from functions.ssn.vault import SealedField, Vault
from operations.vault.jobs import Maintenance
from operations.vault.walk import ScanningDynamoDB

CLIENT = "maintenance"


def operator(arn: str) -> str:
    """Return the operator's name for the audit, from the ARN of the AWS caller.

    The name is a hash of the ARN if Dossier-Actor could not contain it, or if it may contain a social security number.
    """
    name = arn.split(":", 5)[5]
    try:
        caller(CLIENT, name)
    except MalformedHeader:
        fits = False
    else:
        fits = not id_holds_ssn(name)
    return name if fits else f"sha256/{sha256(arn.encode()).hexdigest()}"


def assumed(role_arn: str, name: str) -> Session:
    """Return a session under a role. The role is assumed again before the credentials expire."""
    own = Session()
    session_name = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)[-64:]
    fetcher = AssumeRoleCredentialFetcher(
        own.create_client, own.get_credentials(), role_arn, extra_args={"RoleSessionName": session_name}
    )
    role = Session()
    role.register_component("credential_provider", CredentialResolver([Assumed(fetcher.fetch_credentials)]))
    return role


class Assumed(CredentialProvider):
    """Credentials of a role."""

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        """Call `assume` for credentials, at first and before they expire."""
        super().__init__()
        self._assume = assume

    def load(self) -> DeferredRefreshableCredentials:
        """Return credentials that refresh themselves."""
        return DeferredRefreshableCredentials(self._assume, "assume-role")


def under(role: Session, environment: dict[str, str], who: Requester) -> Maintenance:
    """Return the jobs with the permissions of a role, on the tables and keys of the function's environment."""

    def client(service: str) -> object:
        return Attempting(BotocoreCalls(role.create_client(service, config=CLIENT_CONFIG)))

    dynamodb, kms = cast("ScanningDynamoDB", client("dynamodb")), cast("Kms", client("kms"))
    tables = Tables(
        environment["TABLE_NAME"],
        environment["KEYRING_NAME"],
        environment["AUDIT_NAME"],
        environment["JUSTIFICATIONS_NAME"],
    )
    key = chain_key(kms, environment["SIGNING_KEY_ID"])
    fields = {SealedField.NUMBER: environment["NUMBER_KEY_ID"], SealedField.LAST4: environment["LAST4_KEY_ID"]}
    marks = {version: environment[f"INDEX_KEY_{version}_ID"] for version in (1, 2)}
    return Maintenance(
        dynamodb,
        SsnStore(dynamodb, tables, Chain(lambda: key)),
        Vault(kms, fields, environment["VAULT_NAME"]),
        BlindIndex(kms, marks, [1, 2]),
        who,
    )
