"""Rules of exports: a subject's copy of what this service holds, recorded before it is given."""

from functions.shared.aws.quota import Quotas
from functions.ssn.audit import Requester, SsnAuditAction, SsnAuditPage
from functions.ssn.audit_service import AuditService
from functions.ssn.chain import START, Link
from functions.ssn.errors import SsnNotFound
from functions.ssn.export import SECTIONS, SsnExportItem, SsnExportPage, SsnExportQuery
from functions.ssn.models import MaskedSsn
from functions.ssn.quota import EXPORTS
from functions.ssn.store import SsnStore
from functions.ssn.tables import File, require_customer_id
from functions.ssn.vault import SealedField, Vault


class ExportService:
    """Exports a customer's data, page by page."""

    def __init__(self, store: SsnStore, vault: Vault, quotas: Quotas, audit: AuditService) -> None:
        """Use a store.

        Args:
            store: reads files and records exports.
            vault: opens the last four digits.
            quotas: limit the exports.
            audit: reads the items.
        """
        self._store = store
        self._vault = vault
        self._quotas = quotas
        self._audit = audit

    def first(
        self, customer_id: str, query: SsnExportQuery, requester: Requester, counted_for: str
    ) -> tuple[SsnExportPage, str | None]:
        """Record an export in the audit, then return its first page: a read, two queries and one KMS call.

        Args:
            customer_id: id of the customer.
            query: limit and reference.
            requester: client and actor, for the audit.
            counted_for: client, or client and person, whose exports the quota limits.

        Returns:
            The page without a cursor, and the position of the next page, None on the last page.

        Raises:
            SsnNotFound: the service holds nothing about the customer.
            SsnErased: the customer's number was erased.
            QuotaExceeded: there were too many exports.
            AuditNotRecorded: the export was not recorded, and nothing is returned.
        """
        require_customer_id(customer_id)
        self._quotas.take(EXPORTS, counted_for)
        act = requester.act(SsnAuditAction.EXPORT, reference=query.reference)

        def step(file: File) -> File:
            if not file.stored and file.head == START:
                raise SsnNotFound
            self._store.commit(file, act)
            return file

        file = self._store.audited(customer_id, step)
        number = self._masked(file) if file.stored else None
        if file.head == START:
            return _page(customer_id, number, SsnAuditPage(items=[], next_cursor=None, verified=False)), None
        audit, position = self._audit.part(customer_id, file.head, query.limit)
        return _page(customer_id, number, audit), position

    def following(self, customer_id: str, query: SsnExportQuery, position: str) -> tuple[SsnExportPage, str | None]:
        """Return a later page of an export: a read and two queries.

        Raises:
            SsnErased: the customer's number was erased meanwhile.
        """
        _ = self._store.read_number(customer_id).stored  # Raises if the number was erased.
        audit, following = self._audit.part(customer_id, Link.read(position), query.limit)
        return _page(customer_id, None, audit), following

    def _masked(self, file: File) -> MaskedSsn:
        last4 = self._vault.open(file.customer_id, SealedField.LAST4, file.sealed(SealedField.LAST4))
        return MaskedSsn.of(file.record, last4)


def _page(customer_id: str, number: MaskedSsn | None, audit: SsnAuditPage) -> SsnExportPage:
    return SsnExportPage(
        customer_id=customer_id,
        number=number,
        sections=SECTIONS,
        verified=audit.verified,
        items=[SsnExportItem.of(entry) for entry in audit.items],
        next_cursor=None,
    )
