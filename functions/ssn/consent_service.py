"""Rules of consents: a customer's used ones are listed, and an unused one can be revoked."""

from functions.ssn.audit import Requester, SsnAuditAction
from functions.ssn.consent_store import ConsentStore
from functions.ssn.consents import SsnConsentPage, SsnConsentRevocation
from functions.ssn.errors import ConsentUsed
from functions.ssn.keys import consent_key
from functions.ssn.store import Moved, SsnStore, WritesRefused
from functions.ssn.tables import File, Place


class ConsentService:
    """Lists and revokes consents."""

    def __init__(self, store: SsnStore, consents: ConsentStore) -> None:
        """Read files in `store` and used consents in `consents`."""
        self._store = store
        self._consents = consents

    def read(self, customer_id: str, limit: int, position: str | None) -> tuple[SsnConsentPage, str | None]:
        """Return a page of a customer's used consents, newest first: a read and a query.

        Args:
            customer_id: id of the customer.
            limit: maximum number of consents.
            position: end of the page before this one; None for the first page.

        Returns:
            The page without a cursor, and the position of the next page, None on the last page.

        Raises:
            SsnNotFound, SsnErased: the customer has no number.
        """
        _ = self._store.read_number(customer_id).record  # Raises if no number is stored.
        uses, following = self._consents.page(customer_id, limit, position)
        return SsnConsentPage(items=uses, next_cursor=None), following

    def revoke(self, customer_id: str, revoked: SsnConsentRevocation, requester: Requester) -> None:
        """Revoke a consent that was not used. A repeated call changes nothing.

        The customer needs no number: a number may be stored later, and the consent must not be used then.

        Raises:
            SsnNotFound: no customer can have this id.
            SsnErased: the customer's number was erased.
            ConsentUsed: the consent was used.
        """
        act = requester.act(SsnAuditAction.REVOKE_CONSENT, revoked=revoked)

        def step(file: File) -> None:
            _ = file.stored  # Raises if the number was erased.
            if file.extra:
                if "revoked_at" not in file.extra:
                    raise ConsentUsed
                return
            try:
                self._store.commit(file, act, self._store.write.revoke_consent(revoked, self._store.clock()))
            except WritesRefused:
                raise Moved from None

        key = consent_key(revoked.client_id, revoked.consent_id)
        self._store.audited(customer_id, step, extra=Place(self._store.tables.data, key))
