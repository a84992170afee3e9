"""What the reveal function does, and nothing else can: open a full number, after its audit entry stands."""

import os
from functools import cache

from functions.shared.aws import dynamodb, kms
from functions.ssn.audit import Act, Chain, Requester, SsnAuditAction, audit_key
from functions.ssn.models import RevealedSsn, SsnRevealRequest
from functions.ssn.quota import REVEALS, Quotas
from functions.ssn.service import tables
from functions.ssn.store import File, SsnStore, require_customer_id
from functions.ssn.vault import Sealed, SealedField, Vault


class RevealService:
    """Opens full numbers."""

    def __init__(self, store: SsnStore, vault: Vault, quotas: Quotas) -> None:
        """Open with `vault` what is in `store`, within `quotas`."""
        self._store = store
        self._vault = vault
        self._quotas = quotas

    def reveal(self, customer_id: str, why: SsnRevealRequest, who: Requester) -> RevealedSsn:
        """A customer's number in full: one KMS call, after the audit entry.

        The entry comes first, so that there may be one without a disclosure, and never a disclosure without one.

        Raises:
            SsnNotFound: the customer has none.
            SsnErased: the customer had one.
            QuotaExceeded: the client asked too often.
            AuditNotRecorded: no entry, no number.
            SsnUnreadable: what is stored has lost its key, or is not what was sealed.
        """
        require_customer_id(customer_id)
        self._quotas.take(REVEALS, who.client_id)
        act = Act(
            **who.model_dump(), action=SsnAuditAction.REVEAL, purpose=why.purpose, justification=why.justification
        )

        def step(file: File) -> Sealed:
            _ = file.record
            self._store.commit(file, act)
            return file.sealed(SealedField.NUMBER)

        sealed = self._store.audited(customer_id, step)
        return RevealedSsn.of(self._vault.open(customer_id, SealedField.NUMBER, sealed))


@cache
def get_reveal_service() -> RevealService:
    """The reveals of this process.

    Environment: as `store.get_service`, without LAST4_KEY_ID and the index's.
    """
    client = dynamodb()
    vault = Vault(kms(), {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"]}, os.environ["VAULT_NAME"])
    return RevealService(SsnStore(client, tables(), Chain(audit_key)), vault, Quotas(client, os.environ["TABLE_NAME"]))
