"""Rules of erasures: a tombstone takes the place of a number, and only the audit stays.

The tombstone is also written if nothing was stored, because an erasure may arrive before the data. It moves the head of
the audit chain, which is a condition of every later write. So no request that read the file before can write after it.
"""

from collections.abc import Callable

from functions.shared.plain.erasure import Erasure, Retained
from functions.ssn.audit import Act, Requester, SsnAuditAction
from functions.ssn.consent_store import ConsentStore
from functions.ssn.justifications import retention_end
from functions.ssn.store import Moved, SsnStore, WritesRefused
from functions.ssn.tables import File, Tombstone
from functions.ssn.writes import DATA

RequireVersion = Callable[[int], None]

# Client of an erasure that starts in the Customer Service, in the audit.
CLIENT = "customer"
# A transaction has at most 100 items. The others are the entry, the head, the tombstone, the keys and two marks.
CONSENTS_IN_TRANSACTION = 90


class ErasureService:
    """Erases numbers and consents."""

    def __init__(self, store: SsnStore, consents: ConsentStore) -> None:
        """Erase the files in `store` and the consents in `consents`."""
        self._store = store
        self._consents = consents

    def erase(self, customer_id: str, erasure_id: str) -> Erasure:
        """Erase a customer's data for an erasure in all services. A repeated call changes nothing.

        Args:
            customer_id: id of the customer, who may have no data here.
            erasure_id: id of the erasure.

        Returns:
            The counts of this erasure, also in a repeated call. They are 0 if the data was erased before it.

        Raises:
            SsnNotFound: no customer can have this id.
            AuditNotRecorded: the audit entry was not written, and nothing was erased.
        """
        act = Requester(client_id=CLIENT, request_id=erasure_id).act(SsnAuditAction.ERASE, reference=erasure_id)

        def step(file: File) -> Erasure:
            return _result(file.tombstone or self._shred(file, act), erasure_id)

        return self._store.audited(customer_id, step)

    def delete(self, customer_id: str, requester: Requester, require: RequireVersion) -> None:
        """Erase a customer's data in this service, at a client's request.

        Raises:
            SsnNotFound, SsnErased: the customer has no number.
            PreconditionFailed, PreconditionRequired: `require` raises it.
        """
        act = requester.act(SsnAuditAction.ERASE)

        def step(file: File) -> None:
            require(file.record.version)
            self._shred(file, act)

        self._store.audited(customer_id, step)

    def _shred(self, file: File, act: Act) -> Tombstone:
        """Write a tombstone in one transaction in which keys, marks and consents are deleted."""
        consents = self._consents.keys(file.customer_id)
        self._consents.delete(consents[:-CONSENTS_IN_TRANSACTION])
        tombstone = Tombstone(
            erased_at=self._store.clock(),
            erasure_id=act.reference,
            erased={"numbers": int(file.living), "consents": len(consents)},
        )
        write = self._store.write
        deleted = write.delete_consents(consents[-CONSENTS_IN_TRANSACTION:])
        try:
            self._store.commit(file, act, write.shred(file, tombstone, file.marks) | deleted)
        except WritesRefused as refused:
            if DATA in refused.names:
                raise Moved from None
            # A mark that belongs to another customer stays. It must not prevent an erasure.
            own = {version: mark for version, mark in file.marks.items() if f"mark {version}" not in refused.names}
            self._store.commit(file, act, write.shred(file, tombstone, own) | deleted)
        return tombstone


def _result(tombstone: Tombstone, erasure_id: str) -> Erasure:
    counted = tombstone.erased if tombstone.erasure_id == erasure_id else {"numbers": 0, "consents": 0}
    audit = Retained(what="audit entries", why="16 CFR 314.4(c)(8)")
    until = retention_end(tombstone.erased_at.year)
    return Erasure(erased=counted, retained=(audit, Retained(what="justifications", why="15 USC 1681p", until=until)))
