"""Rules of the reveal function. Only this function can decrypt full numbers."""

from functions.shared.aws.quota import Quotas
from functions.ssn.audit import Requester, SsnAuditAction
from functions.ssn.models import RevealedSsn, SsnRevealRequest
from functions.ssn.quota import REVEALS
from functions.ssn.store import SsnStore
from functions.ssn.tables import File, require_customer_id
from functions.ssn.vault import Sealed, SealedField, Vault


class RevealService:
    """Reveals full numbers."""

    def __init__(self, store: SsnStore, vault: Vault, quotas: Quotas) -> None:
        """Use a store.

        Args:
            store: reads files and writes audit entries.
            vault: opens full numbers.
            quotas: limit the requests of clients.
        """
        self._store = store
        self._vault = vault
        self._quotas = quotas

    def reveal(self, customer_id: str, request: SsnRevealRequest, requester: Requester) -> RevealedSsn:
        """Return a customer's full number: one KMS call, after the audit entry is written.

        If the decryption then fails, the entry stays: an entry without a disclosure is possible, but never the reverse.

        Raises:
            SsnNotFound: the customer has no number.
            SsnErased: the customer's number was erased.
            QuotaExceeded: the client has revealed too many numbers.
            AuditNotRecorded: the audit entry was not written.
            SsnUnreadable: the stored data was changed, or its key is missing.
        """
        require_customer_id(customer_id)
        self._quotas.take(REVEALS, requester.client_id)
        act = requester.act(SsnAuditAction.REVEAL, purpose=request.purpose, justification=request.justification)

        def step(file: File) -> Sealed:
            _ = file.record  # Raises if no number is stored.
            self._store.commit(file, act)
            return file.sealed(SealedField.NUMBER)

        sealed = self._store.audited(customer_id, step)
        return RevealedSsn.of(self._vault.open(customer_id, SealedField.NUMBER, sealed))
