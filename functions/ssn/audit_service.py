"""Rules of reading the audit."""

from collections.abc import Sequence

from functions.shared.plain import log
from functions.ssn.audit import SsnAuditEntry, SsnAuditPage, StoredEntry
from functions.ssn.audit_store import AuditStore
from functions.ssn.chain import Link
from functions.ssn.justifications import Justifications


class AuditService:
    """Reads customers' audits."""

    def __init__(self, audit: AuditStore, justifications: Justifications) -> None:
        """Read entries from `audit`, and open their texts with `justifications`."""
        self._audit = audit
        self._justifications = justifications

    def read(self, customer_id: str, limit: int, position: str | None) -> tuple[SsnAuditPage, str | None]:
        """Read a page of a customer's audit, newest entry first: a read and two queries, later pages one query.

        A page with an encrypted justification costs another query.

        Args:
            customer_id: id of the customer.
            limit: maximum number of entries.
            position: end of the page before this one; None for the first page.

        Returns:
            The page without a cursor, and the position of the next page, None on the last page.

        Raises:
            SsnNotFound: the customer has no number and no audit.
        """
        if position:
            entries, verified = self._audit.chain(customer_id, Link.read(position), limit)
        else:
            entries, verified = self._audit.latest(customer_id, limit)
        return self._page(customer_id, entries, limit, verified=verified)

    def part(self, customer_id: str, newest: Link, limit: int) -> tuple[SsnAuditPage, str | None]:
        """Read the page that starts with an entry: one query, and another for encrypted justifications.

        Returns:
            See `read`.
        """
        entries, verified = self._audit.chain(customer_id, newest, limit)
        return self._page(customer_id, entries, limit, verified=verified)

    def _page(
        self, customer_id: str, entries: Sequence[StoredEntry | None], limit: int, *, verified: bool
    ) -> tuple[SsnAuditPage, str | None]:
        if not verified:
            log.logger.error("audit not whole")
        shown = [entry for entry in entries if entry]
        page = SsnAuditPage(items=self._shown(customer_id, shown), next_cursor=None, verified=verified)
        more = bool(shown) and len(entries) == limit and shown[-1].sequence > 1
        return page, str(Link(shown[-1].sequence - 1, shown[-1].previous)) if more else None

    def _shown(self, customer_id: str, entries: Sequence[StoredEntry]) -> list[SsnAuditEntry]:
        sealed = any(entry.sealed_justification for entry in entries)
        keys = self._audit.justification_keys(customer_id) if sealed else {}
        at = self._audit.store.clock()
        return [self._justifications.shown(customer_id, entry, keys, at) for entry in entries]
