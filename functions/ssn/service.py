"""What the ordinary function does with numbers; it can open their last four digits alone.

Items: see store.py. Requester may open what is decided by the KMS keys' ARNs and the role, not here.
"""

import hmac
import os
from collections.abc import Callable
from functools import cache

from pydantic import SecretStr

from functions.shared import log
from functions.shared.aws import dynamodb, kms
from functions.shared.problems import PreconditionFailed, PreconditionRequired
from functions.shared.transactions import Refused
from functions.ssn.audit import (
    START,
    Act,
    Chain,
    Link,
    Requester,
    SsnAuditAction,
    SsnAuditOutcome,
    SsnAuditPage,
    audit_key,
)
from functions.ssn.blind_index import BlindIndex
from functions.ssn.errors import ConsentNotValid, ConsentUsed, NoCustomerWithSsn, SsnAssigned, SsnNotFound
from functions.ssn.models import CONSENT_LIFETIME, MaskedSsn, Record, SsnConsent, SsnPurpose
from functions.ssn.quota import CONFLICTS, GUESSES, LOOKUPS, REPLACED, STORED, VERIFICATIONS, Quotas
from functions.ssn.store import File, Moved, SsnStore, Tables, key_of, require_customer_id
from functions.ssn.vault import Sealed, SealedField, Vault

Hold = Callable[[int], None]
CONSENT_USED = "A consent is good for one verification. Ask the number holder again."


class SsnService:
    """Stores, compares, finds and erases numbers, and tells what was done with them."""

    def __init__(self, store: SsnStore, vault: Vault, index: BlindIndex, quotas: Quotas) -> None:
        """Keep numbers in `store`, sealed by `vault` and marked by `index`; `quotas` limit what clients ask."""
        self._store = store
        self._vault = vault
        self._index = index
        self._quotas = quotas

    def create(self, customer_id: str, ssn: SecretStr, who: Requester) -> MaskedSsn:
        """Store a customer's first number: a read, three KMS calls, a transaction.

        Raises:
            SsnNotFound: no customer can have this id.
            PreconditionRequired: the customer has a number.
            SsnErased: the customer had one.
            SsnAssigned: another customer has this number.
            QuotaExceeded: the client stored too many numbers, or too many that others have.
        """

        def first(file: File) -> Record:
            if file.stored:
                raise PreconditionRequired("This customer has a number. Send If-Match with its ETag to replace it.")
            return Record.create(self._store.clock())

        return self._put(customer_id, ssn, Act(**who.model_dump(), action=SsnAuditAction.STORE), first)

    def replace(self, customer_id: str, ssn: SecretStr, who: Requester, hold: Hold) -> MaskedSsn:
        """Store another number in place of one, which is free from then on: as `create`.

        Args:
            customer_id: whose.
            ssn: the number.
            who: asks.
            hold: raises if the current version is not the one that the client has seen.

        Raises:
            PreconditionFailed: the customer has no number, or `hold` says so.
            SsnNotFound, SsnErased, SsnAssigned, QuotaExceeded: as `create`.
        """

        def following(file: File) -> Record:
            if not file.stored:
                raise PreconditionFailed("This customer has no number. Send one without If-Match.")
            hold(file.record.version)
            return file.record.replaced(self._store.clock())

        return self._put(customer_id, ssn, Act(**who.model_dump(), action=SsnAuditAction.REPLACE), following)

    def read(self, customer_id: str) -> MaskedSsn:
        """A customer's number, masked: one read and one KMS call.

        Raises:
            SsnNotFound: the customer has none.
            SsnErased: the customer had one.
            SsnUnreadable: what is stored has lost its key, or is not what was sealed.
        """
        file = self._store.glance(customer_id)
        record = file.record
        return MaskedSsn.of(record, self._vault.open(customer_id, SealedField.LAST4, file.sealed(SealedField.LAST4)))

    def verify(self, customer_id: str, ssn: SecretStr, consent: SsnConsent, who: Requester) -> bool:
        """Whether a number is the customer's: it is compared, and nothing is decrypted. One KMS call.

        The consent is used whatever comes of it; the first match makes the number a verified one.

        Raises:
            SsnNotFound, SsnErased: there is nothing to compare with.
            ConsentNotValid: it was given too long ago.
            ConsentUsed: it was used.
            QuotaExceeded: the client, or all of them for this customer, asked too often.
        """
        require_customer_id(customer_id)
        if not consent.valid(self._store.clock()):
            raise ConsentNotValid(f"Send a consent that was given within the last {CONSENT_LIFETIME.days} days.")
        self._quotas.take(VERIFICATIONS, who.client_id)
        # Once, however often the transaction is tried; and not for what could not be answered anyway, or one client
        # would use up a customer's day without a question.
        guess = cache(lambda: self._quotas.take(GUESSES, customer_id))
        mark = cache(lambda: self._index.mark(ssn))
        use = self._store.use_consent(who.client_id, consent.consent_id)

        def step(file: File) -> bool:
            record, known = file.record, file.mark(self._index.complete)
            if file.extra:
                raise ConsentUsed(CONSENT_USED)
            guess()
            match = hmac.compare_digest(mark(), known)
            outcome = SsnAuditOutcome.MATCH if match else SsnAuditOutcome.NO_MATCH
            act = Act(
                **who.model_dump(),
                action=SsnAuditAction.VERIFY,
                outcome=outcome,
                purpose=consent.purpose,
                consent=consent,
            )
            writes = [use]
            if match and not record.verified:
                writes.append(self._store.put_record(file, record.confirmed(self._store.clock())))
            try:
                self._store.commit(file, act, writes)
            except Refused as refused:
                if refused.by(0):
                    raise ConsentUsed(CONSENT_USED) from None
                raise Moved from None
            return match

        return self._store.audited(customer_id, step, extra=key_of(use))

    def lookup(self, ssn: SecretStr, purpose: SsnPurpose, who: Requester) -> str:
        """The customer with a number, by its mark: one KMS call. A hit stands in that customer's audit.

        Raises:
            NoCustomerWithSsn: there is none.
            QuotaExceeded: the client asked too often.
        """
        self._quotas.take(LOOKUPS, who.client_id)
        version, mark = self._index.complete, self._index.mark(ssn)
        customer_id = self._store.owner(version, mark)
        if customer_id is None:
            raise NoCustomerWithSsn
        act = Act(**who.model_dump(), action=SsnAuditAction.LOOKUP, purpose=purpose)

        def step(file: File) -> str:
            # Replaced or erased since, or what is left of a restore.
            if not file.living or file.marks.get(version) != mark:
                raise NoCustomerWithSsn
            self._store.commit(file, act)
            return customer_id

        return self._store.audited(customer_id, step)

    def erase(self, customer_id: str, who: Requester, hold: Hold) -> None:
        """Shred a customer's number: its keys and marks are deleted, a tombstone and the audit stay. One transaction.

        Raises:
            SsnNotFound, SsnErased: there is nothing to erase.
            PreconditionFailed, PreconditionRequired: `hold` says so.
        """
        act = Act(**who.model_dump(), action=SsnAuditAction.ERASE)

        def step(file: File) -> None:
            hold(file.record.version)
            try:
                self._store.commit(file, act, self._store.shred(file, file.marks))
            except Refused as refused:
                if refused.by(0):
                    raise Moved from None
                # What somebody else has of the index is left alone, and keeps nobody from being forgotten.
                own = [mark for at, mark in enumerate(file.marks.items(), 2) if not refused.by(at)]
                self._store.commit(file, act, self._store.shred(file, dict(own)))

        self._store.audited(customer_id, step)

    def audit(self, customer_id: str, limit: int, position: str | None) -> tuple[SsnAuditPage, str | None]:
        """A page of a customer's audit, newest first: a read and a query, after the first page the query alone.

        Args:
            customer_id: whose.
            limit: how many entries at most.
            position: where the page before this one ended; None for the first page.

        Returns:
            The page without a cursor, and the position of the next one, None when this is the last.

        Raises:
            SsnNotFound: nothing was ever done with a number of this customer.
        """
        if position:
            newest = Link.read(position)
            entries, verified = self._store.chain(customer_id, newest, limit)
        else:
            # Before the head, which is never behind it: it moves in the same transaction.
            beyond = self._store.newest(customer_id)
            file = self._store.read(customer_id)
            newest = file.head
            entries, verified = self._store.chain(customer_id, newest, limit)
            if newest == START and not (entries or file.data or file.keys):
                raise SsnNotFound
            # A chain without a head has lost it, and one that goes on after its head had another.
            verified = verified and newest != START and beyond.sequence <= newest.sequence
        if not verified:
            log.logger.error("audit not whole")
        shown = [entry for entry in entries if entry]
        page = SsnAuditPage(items=shown, next_cursor=None, verified=verified)
        more = bool(shown) and len(entries) == limit and shown[-1].sequence > 1
        return page, str(Link(shown[-1].sequence - 1, shown[-1].previous)) if more else None

    def check(self) -> None:
        """Fail if the tables cannot be read."""
        self._store.check()

    def _put(self, customer_id: str, ssn: SecretStr, act: Act, decide: Callable[[File], Record]) -> MaskedSsn:
        last4 = SecretStr(ssn.get_secret_value()[-4:])
        # Made once, however often the transaction is tried.
        marks = cache(lambda: self._index.marks(ssn))
        sealed = cache(lambda: self._sealed(customer_id, {SealedField.NUMBER: ssn, SealedField.LAST4: last4}))

        def asked() -> None:
            # A number that is taken is a conflict, and one that is not is nobody else's: both tell something.
            self._quotas.take(STORED, act.client_id)
            if act.action is SsnAuditAction.REPLACE:
                self._quotas.take(REPLACED, customer_id)

        count = cache(asked)

        def step(file: File) -> MaskedSsn:
            record = decide(file)
            self._quotas.require_left(CONFLICTS, file.extra or {})
            count()
            claims = [self._store.put_mark(customer_id, *mark) for mark in marks().items()]
            freed = [self._store.delete_mark(customer_id, *mark) for mark in file.marks.items() - marks().items()]
            writes = self._store.put_number(file, record, sealed(), marks())
            try:
                self._store.commit(file, act, [*claims, *writes, *freed])
            except Refused as refused:
                if not any(refused.by(claim) for claim in range(len(claims))):
                    raise Moved from None
                self._conflict(file, act)
                raise SsnAssigned from None
            return MaskedSsn.of(record, last4)

        return self._store.audited(customer_id, step, extra=self._quotas.key(CONFLICTS, act.client_id))

    def _sealed(self, customer_id: str, secrets: dict[SealedField, SecretStr]) -> dict[SealedField, Sealed]:
        return {field: self._vault.seal(customer_id, field, secret) for field, secret in secrets.items()}

    def _conflict(self, file: File, act: Act) -> None:
        """Count and audit that a client now knows a number to be somebody's, before it is told."""
        self._quotas.take(CONFLICTS, act.client_id)
        conflict = act.model_copy(update={"outcome": SsnAuditOutcome.CONFLICT})
        self._store.audited(file.customer_id, lambda file: self._store.commit(file, conflict))


@cache
def get_service() -> SsnService:
    """The store of this process.

    Environment:
        TABLE_NAME, KEYRING_NAME, AUDIT_NAME: the tables.
        VAULT_NAME: names the data table in every encryption context; stays the same when a restore renames the table.
        NUMBER_KEY_ID, LAST4_KEY_ID: ARNs of the symmetric KMS keys for full numbers and for their last four digits.
        INDEX_VERSIONS: the versions of the blind index in use, see `index`.
        INDEX_KEY_1_ID, …: ARN of the HMAC_256 key of each version.
        SIGNING_KEY_ID: ARN of the HMAC_256 key from which the audit's is derived.
    """
    client, clients_kms = dynamodb(), kms()
    key_ids = {SealedField.NUMBER: os.environ["NUMBER_KEY_ID"], SealedField.LAST4: os.environ["LAST4_KEY_ID"]}
    return SsnService(
        SsnStore(client, tables(), Chain(audit_key)),
        Vault(clients_kms, key_ids, os.environ["VAULT_NAME"]),
        BlindIndex(clients_kms, index_keys(), index_versions()),
        Quotas(client, os.environ["TABLE_NAME"]),
    )


def tables() -> Tables:
    """The tables that the environment names."""
    return Tables(os.environ["TABLE_NAME"], os.environ["KEYRING_NAME"], os.environ["AUDIT_NAME"])


def index_versions() -> list[int]:
    """The versions of the blind index that the environment names."""
    return [int(version) for version in os.environ["INDEX_VERSIONS"].split(",")]


def index_keys() -> dict[int, str]:
    """The key of each version in use."""
    return {version: os.environ[f"INDEX_KEY_{version}_ID"] for version in index_versions()}
