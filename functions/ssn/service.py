"""Rules of the ordinary function. It can decrypt only the last four digits; the KMS keys' permissions enforce this."""

import hmac
from collections.abc import Callable
from functools import cache, partial

from pydantic import SecretStr

from functions.shared.aws.quota import Quotas
from functions.shared.plain.problems import PreconditionFailed, PreconditionRequired
from functions.ssn.audit import (
    Act,
    Requester,
    SsnAuditAction,
    SsnAuditOutcome,
)
from functions.ssn.blind_index import BlindIndex
from functions.ssn.consents import CONSENT_LIFETIME, SsnConsent, SsnConsentUse
from functions.ssn.errors import ConsentNotValid, ConsentRevoked, ConsentUsed, NoCustomerWithSsn, SsnAssigned
from functions.ssn.keys import consent_key
from functions.ssn.models import MaskedSsn, Record, SsnPurpose
from functions.ssn.prepared import PreparedNumber
from functions.ssn.quota import CONFLICTS, GUESSES, LOOKUPS, REPLACED, STORED, VERIFICATIONS
from functions.ssn.store import Moved, SsnStore, WritesRefused
from functions.ssn.tables import File, Place, require_customer_id
from functions.ssn.vault import SealedField, Vault
from functions.ssn.writes import DATA

RequireVersion = Callable[[int], None]


class SsnService:
    """Stores, reads, verifies and finds numbers."""

    def __init__(self, store: SsnStore, vault: Vault, index: BlindIndex, quotas: Quotas) -> None:
        """Keep files in `store`, sealed by `vault` and marked by `index`; `quotas` limit the requests."""
        self._store = store
        self._vault = vault
        self._index = index
        self._quotas = quotas

    def create(
        self, customer_id: str, ssn: SecretStr, requester: Requester, *, only_new: bool = False
    ) -> tuple[MaskedSsn, bool]:
        """Store a customer's first number: a read, three KMS calls and a transaction.

        The number that the customer already has is recognised by its mark, without decryption.

        Args:
            customer_id: id of the customer.
            ssn: nine digits.
            requester: client and actor, for the audit.
            only_new: refuse also the number that the customer already has.

        Returns:
            The number, and True if it was stored or False if the customer had it already.

        Raises:
            SsnNotFound: no customer can have this id.
            PreconditionRequired: the customer has a number, and it is another one or `only_new` is set.
            SsnErased: the customer's number was erased.
            SsnAssigned: another customer has this number.
            QuotaExceeded: the client has stored too many numbers, or too many that other customers have, or the
                customer's number was compared too often.
        """

        def first(file: File) -> Record | None:
            if file.stored and only_new:
                raise _exists()
            return None if file.stored else Record.create(self._store.clock())

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

        replaced, _ = self._put(customer_id, ssn, requester.act(SsnAuditAction.REPLACE), following)
        return replaced

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
            ConsentUsed, ConsentRevoked: the consent was used or revoked before.
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
        key = consent_key(requester.client_id, consent.consent_id)

        def step(file: File) -> bool:
            record, stored_mark = file.record, file.mark(self._index.complete)
            if file.extra:
                raise ConsentRevoked if "revoked_at" in file.extra else ConsentUsed
            count_guess()
            match = hmac.compare_digest(mark(), stored_mark)
            outcome = SsnAuditOutcome.MATCH if match else SsnAuditOutcome.NO_MATCH
            act = requester.act(SsnAuditAction.VERIFY, outcome=outcome, purpose=consent.purpose, consent=consent)
            use = SsnConsentUse(**consent.model_dump(), client_id=requester.client_id, used_at=self._store.clock())
            writes = self._store.write.use_consent(customer_id, use)
            if match and not record.verified:
                writes[DATA] = self._store.write.put_record(file, record.confirmed(self._store.clock()))
            try:
                self._store.commit(file, act, writes)
            except WritesRefused:
                raise Moved from None  # Also if the consent was used or revoked meanwhile: the next attempt reads it.
            return match

        return self._store.audited(customer_id, step, extra=Place(self._store.tables.data, key))

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

    def check(self) -> None:
        """Fail if the tables cannot be read."""
        self._store.check()

    def _put(
        self, customer_id: str, ssn: SecretStr, act: Act, next_record: Callable[[File], Record | None]
    ) -> tuple[MaskedSsn, bool]:
        """Store a number with the record that `next_record` returns, or compare it if that is None."""
        number = PreparedNumber(customer_id, ssn, self._vault, self._index)
        count = cache(partial(self._count_stored, customer_id, act))

        def step(file: File) -> tuple[MaskedSsn, bool]:
            record = next_record(file)
            self._quotas.require_left(CONFLICTS, file.extra or {})
            count(compared=record is None)
            if record is None:
                self._require_same(file, number, act)
            else:
                self._write(file, record, number, act)
            return MaskedSsn.of(record or file.record, number.last4), record is not None

        conflicts = Place(self._store.tables.data, self._quotas.key(CONFLICTS, act.client_id))
        return self._store.audited(customer_id, step, extra=conflicts)

    def _count_stored(self, customer_id: str, act: Act, *, compared: bool) -> None:
        """Count a request to store a number. Its result shows whether this or another customer has the number."""
        self._quotas.take(STORED, act.client_id)
        if compared:
            self._quotas.take(GUESSES, customer_id)
        if act.action is SsnAuditAction.REPLACE:
            self._quotas.take(REPLACED, customer_id)

    def _require_same(self, file: File, number: PreparedNumber, act: Act) -> None:
        """Compare a number with the stored one, and audit the result before the response discloses it."""
        complete = self._index.complete
        match = hmac.compare_digest(number.marks[complete], file.mark(complete))
        outcome = SsnAuditOutcome.MATCH if match else SsnAuditOutcome.NO_MATCH
        self._store.commit(file, act.model_copy(update={"outcome": outcome}))
        if not match:
            raise _exists()

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


def _exists() -> PreconditionRequired:
    return PreconditionRequired("This customer has a number. Send If-Match with its ETag to replace it.")
