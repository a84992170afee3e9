"""What the reveal function does, and nothing else can: open a full number, after its audit entry stands."""

import os
from functools import cache

from functions.shared.aws import dynamodb, kms
from functions.ssn.audit import Act, Chain, SsnAuditAction, Who, audit_key
from functions.ssn.ledger import File, Ledger, require_customer_id
from functions.ssn.models import RevealedSsn, SsnRevealRequest
from functions.ssn.quota import REVEALS, Quotas
from functions.ssn.store import tables
from functions.ssn.vault import Field, Sealed, Vault


class Reveals:
    """Opens full numbers."""

    def __init__(self, ledger: Ledger, vault: Vault, quotas: Quotas) -> None:
        """Open with `vault` what is in `ledger`, within `quotas`."""
        self._ledger = ledger
        self._vault = vault
        self._quotas = quotas

    def reveal(self, customer_id: str, why: SsnRevealRequest, who: Who) -> RevealedSsn:
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
            self._ledger.commit(file, act)
            return file.sealed(Field.NUMBER)

        sealed = self._ledger.audited(customer_id, step)
        return RevealedSsn.of(self._vault.open(customer_id, Field.NUMBER, sealed))


@cache
def get_reveals() -> Reveals:
    """The reveals of this process.

    Environment: as `store.get_store`, without LAST4_KEY_ID and the index's.
    """
    client = dynamodb()
    vault = Vault(kms(), {Field.NUMBER: os.environ["NUMBER_KEY_ID"]}, os.environ["VAULT_NAME"])
    return Reveals(Ledger(client, tables(), Chain(audit_key)), vault, Quotas(client, os.environ["TABLE_NAME"]))
