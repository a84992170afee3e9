"""Rules of the ordinary function. It can decrypt only the last four digits; the KMS keys' permissions enforce this."""

import hmac
from collections.abc import Callable
from functools import cache

from pydantic import SecretStr

from functions.shared.aws.quota import Quotas
from functions.shared.plain import log
from functions.shared.plain.problems import PreconditionFailed, PreconditionRequired
from functions.ssn.audit import (
    Act,
    Link,
    Requester,
    SsnAuditAction,
    SsnAuditOutcome,
    SsnAuditPage,
)
from functions.ssn.blind_index import BlindIndex
from functions.ssn.errors import ConsentNotValid, ConsentUsed, NoCustomerWithSsn, SsnAssigned
from functions.ssn.models import CONSENT_LIFETIME, MaskedSsn, Record, SsnConsent, SsnPurpose
from functions.ssn.prepared import PreparedNumber
from functions.ssn.quota import CONFLICTS, GUESSES, LOOKUPS, REPLACED, STORED, VERIFICATIONS
from functions.ssn.store import Moved, SsnStore, WritesRefused
from functions.ssn.tables import File, require_customer_id
from functions.ssn.vault import SealedField, Vault
from functions.ssn.writes import CONSENT, DATA, key_of

RequireVersion = Callable[[int], None]


class SsnService:
    """Stores, reads, verifies, finds and erases numbers, and reads their audit."""

    def __init__(self, store: SsnStore, vault: Vault, index: BlindIndex, quotas: Quotas) -> None:
        """Keep files in `store`, sealed by `vault` and marked by `index`; `quotas` limit the requests."""
        self._store = store
        self._vault = vault
        self._index = index
        self._quotas = quotas

    def create(self, customer_id: str, ssn: SecretStr, requester: Requester) -> MaskedSsn:
        """Store a customer's first number: a read, three KMS calls and a transaction.

        Raises:
            SsnNotFound: no customer can have this id.
            PreconditionRequired: the customer has a number.
            SsnErased: the customer's number was erased.
            SsnAssigned: another customer has this number.
            QuotaExceeded: the client has stored too many numbers, or too many that other customers have.
        """

        def first(file: File) -> Record:
            if file.stored:
                raise PreconditionRequired("This customer has a number. Send If-Match with its ETag to replace it.")
            return Record.create(self._store.clock())

        return self._put(customer_id, ssn, requester.act(SsnAuditAction.STORE), first)

    def replace(self, customer_id: str, ssn: SecretStr, requester: Requester, require: RequireVersion) -> MaskedSsn:
        """Replace a customer's number. The old number becomes free. Costs and errors are those of `create`.

        Args:
            customer_id: id of the customer.
            ssn: nine digits.
            requester: client and actor, for the audit.
            require: raises if the current version is not the one that the client has read.

        Raises:
            PreconditionFailed: the customer has no number, or `require` raises it.
            SsnNotFound, SsnErased, SsnAssigned, QuotaExceeded: see `create`.
        """

        def following(file: File) -> Record:
            if not file.stored:
                raise PreconditionFailed("This customer has no number. Send the request without If-Match.")
            require(file.record.version)
            return file.record.replaced(self._store.clock())

        return self._put(customer_id, ssn, requester.act(SsnAuditAction.REPLACE), following)

    def read(self, customer_id: str) -> MaskedSsn:
        """Return a customer's masked number: one read and one KMS call.

        Raises:
            SsnNotFound: the customer has no number.
            SsnErased: the customer's number was erased.
            SsnUnreadable: the stored data was changed, or its key is missing.
        """
        file = self._store.read_number(customer_id)
        record = file.record
        return MaskedSsn.of(record, self._vault.open(customer_id, SealedField.LAST4, file.sealed(SealedField.LAST4)))

    def verify(self, customer_id: str, ssn: SecretStr, consent: SsnConsent, requester: Requester) -> bool:
        """Return True if a number is the customer's: one KMS call, without decryption.

        Both results use the consent. The first match marks the number as verified.

        Raises:
            SsnNotFound, SsnErased: the customer has no number.
            ConsentNotValid: the consent is too old.
            ConsentUsed: the consent was used before.
            QuotaExceeded: the client, or all clients for this customer, have verified too often.
        """
        require_customer_id(customer_id)
        if not consent.valid(self._store.clock()):
            raise ConsentNotValid(f"Send a consent that was given within the last {CONSENT_LIFETIME.days} days.")
        self._quotas.take(VERIFICATIONS, requester.client_id)
        # Counted once for all attempts, and only if the request can be served. Otherwise requests that fail anyway
        # would use up a customer's day.
        count_guess = cache(lambda: self._quotas.take(GUESSES, customer_id))
        mark = cache(lambda: self._index.mark(ssn))
        use = self._store.write.use_consent(requester.client_id, consent.consent_id)

        def step(file: File) -> bool:
            record, stored_mark = file.record, file.mark(self._index.complete)
            if file.extra:
                raise ConsentUsed
            count_guess()
            match = hmac.compare_digest(mark(), stored_mark)
            outcome = SsnAuditOutcome.MATCH if match else SsnAuditOutcome.NO_MATCH
            act = requester.act(SsnAuditAction.VERIFY, outcome=outcome, purpose=consent.purpose, consent=consent)
            writes = {CONSENT: use}
            if match and not record.verified:
                writes[DATA] = self._store.write.put_record(file, record.confirmed(self._store.clock()))
            try:
                self._store.commit(file, act, writes)
            except WritesRefused as refused:
                raise (ConsentUsed if CONSENT in refused.names else Moved) from None
            return match

        return self._store.audited(customer_id, step, extra=key_of(use))

    def lookup(self, ssn: SecretStr, purpose: SsnPurpose, requester: Requester) -> str:
        """Return the id of the customer with a number: one KMS call. The customer's audit gets an entry.

        Raises:
            NoCustomerWithSsn: no customer has this number.
            QuotaExceeded: the client has looked up too often.
        """
        self._quotas.take(LOOKUPS, requester.client_id)
        version, mark = self._index.complete, self._index.mark(ssn)
        customer_id = self._store.owner(version, mark)
        if customer_id is None:
            raise NoCustomerWithSsn
        act = requester.act(SsnAuditAction.LOOKUP, purpose=purpose)

        def step(file: File) -> str:
            # The number was replaced or erased meanwhile, or the mark is left over from a restore.
            if not file.living or file.marks.get(version) != mark:
                raise NoCustomerWithSsn
            self._store.commit(file, act)
            return customer_id

        return self._store.audited(customer_id, step)

    def erase(self, customer_id: str, requester: Requester, require: RequireVersion) -> None:
        """Delete a number's keys and marks in one transaction. A tombstone and the audit stay.

        Raises:
            SsnNotFound, SsnErased: the customer has no number.
            PreconditionFailed, PreconditionRequired: `require` raises it.
        """
        act = requester.act(SsnAuditAction.ERASE)

        def step(file: File) -> None:
            require(file.record.version)
            try:
                self._store.commit(file, act, self._store.write.shred(file, file.marks))
            except WritesRefused as refused:
                if DATA in refused.names:
                    raise Moved from None
                # A mark that belongs to another customer stays. It must not prevent an erasure.
                own = {version: mark for version, mark in file.marks.items() if f"mark {version}" not in refused.names}
                self._store.commit(file, act, self._store.write.shred(file, own))

        self._store.audited(customer_id, step)

    def audit(self, customer_id: str, limit: int, position: str | None) -> tuple[SsnAuditPage, str | None]:
        """Read a page of a customer's audit, newest entry first: a read and two queries, later pages one query.

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
            entries, verified = self._store.chain(customer_id, Link.read(position), limit)
        else:
            entries, verified = self._store.latest(customer_id, limit)
        if not verified:
            log.logger.error("audit not whole")
        shown = [entry for entry in entries if entry]
        page = SsnAuditPage(items=shown, next_cursor=None, verified=verified)
        more = bool(shown) and len(entries) == limit and shown[-1].sequence > 1
        return page, str(Link(shown[-1].sequence - 1, shown[-1].previous)) if more else None

    def check(self) -> None:
        """Fail if the tables cannot be read."""
        self._store.check()

    def _put(self, customer_id: str, ssn: SecretStr, act: Act, next_record: Callable[[File], Record]) -> MaskedSsn:
        number = PreparedNumber(customer_id, ssn, self._vault, self._index)
        count = cache(lambda: self._count_stored(customer_id, act))

        def step(file: File) -> MaskedSsn:
            record = next_record(file)
            self._quotas.require_left(CONFLICTS, file.extra or {})
            count()
            self._write(file, record, number, act)
            return MaskedSsn.of(record, number.last4)

        return self._store.audited(customer_id, step, extra=self._quotas.key(CONFLICTS, act.client_id))

    def _count_stored(self, customer_id: str, act: Act) -> None:
        """Count a request to store a number. Its result shows whether another customer has the number."""
        self._quotas.take(STORED, act.client_id)
        if act.action is SsnAuditAction.REPLACE:
            self._quotas.take(REPLACED, customer_id)

    def _write(self, file: File, record: Record, number: PreparedNumber, act: Act) -> None:
        """Replace a file's number, claim its marks and free the old ones."""
        write, customer_id = self._store.write, file.customer_id
        claims = {
            f"claim {version}": write.put_mark(customer_id, version, mark) for version, mark in number.marks.items()
        }
        old = file.marks.items() - number.marks.items()
        freed = {f"free {version}": write.delete_mark(customer_id, version, mark) for version, mark in old}
        writes = {**claims, **write.put_number(file, record, number.sealed, number.marks), **freed}
        try:
            self._store.commit(file, act, writes)
        except WritesRefused as refused:
            if not refused.names & claims.keys():
                raise Moved from None
            self._record_conflict(file, act)
            raise SsnAssigned from None

    def _record_conflict(self, file: File, act: Act) -> None:
        """Count and audit a conflict before the response discloses it."""
        self._quotas.take(CONFLICTS, act.client_id)
        conflict = act.model_copy(update={"outcome": SsnAuditOutcome.CONFLICT})
        self._store.audited(file.customer_id, lambda file: self._store.commit(file, conflict))
