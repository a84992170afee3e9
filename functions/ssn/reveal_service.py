"""Rules of the reveal function. Only this function can decrypt full numbers."""

from functions.shared.aws.quota import Quotas
from functions.ssn.audit import Requester, SsnAuditAction
from functions.ssn.justifications import Justifications, new_key
from functions.ssn.keys import justification_key
from functions.ssn.models import RevealedSsn, SsnRevealRequest
from functions.ssn.quota import REVEALS
from functions.ssn.store import Moved, SsnStore, WritesRefused
from functions.ssn.tables import File, Place, readable, require_customer_id
from functions.ssn.vault import Sealed, SealedField, Vault
from functions.ssn.writes import Writes


class RevealService:
    """Reveals full numbers."""

    def __init__(self, store: SsnStore, vault: Vault, quotas: Quotas, justifications: Justifications) -> None:
        """Use a store.

        Args:
            store: reads files and writes audit entries.
            vault: opens full numbers.
            quotas: limit the requests of clients.
            justifications: seals the texts in audit entries.
        """
        self._justifications = justifications
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
        year = self._store.clock().year

        def step(file: File) -> Sealed:
            _ = file.record  # Raises if no number is stored.
            key, writes = self._key(file, year)
            text = self._justifications.seal(customer_id, year, key, request.justification)
            act = requester.act(SsnAuditAction.REVEAL, purpose=request.purpose, sealed_justification=text)
            try:
                self._store.commit(file, act, writes)
            except WritesRefused:
                raise Moved from None
            return file.sealed(SealedField.NUMBER)

        place = Place(self._store.tables.justifications, justification_key(customer_id, year))
        sealed = self._store.audited(customer_id, step, extra=place)
        return RevealedSsn.of(self._vault.open(customer_id, SealedField.NUMBER, sealed))

    def _key(self, file: File, year: int) -> tuple[bytes, Writes]:
        """Return the customer's key of the year's justifications, and the write of a new one."""
        if file.extra:
            with readable():
                return bytes(file.extra["key"]["B"]), {}
        key = new_key()
        return key, self._store.write.put_justification_key(file.customer_id, year, key)
