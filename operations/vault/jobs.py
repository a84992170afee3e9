"""Jobs of the vault. Each does only what is missing, so it can be interrupted and repeated.

Every decryption and change has an entry in the customer's audit. If a job fails for a customer, it reports the customer
and continues with the next one.
"""

from collections.abc import Iterator
from functools import partial

from functions.shared.aws.transactions import Item
from functions.ssn.audit import Act, Requester, SsnAuditAction, StoredEntry
from functions.ssn.audit_store import AuditStore
from functions.ssn.blind_index import BlindIndex
from functions.ssn.chain import START, Link
from functions.ssn.consent_store import ConsentStore
from functions.ssn.consents import SsnConsentUse
from functions.ssn.errors import SsnNotFound, SsnUnreadable
from functions.ssn.justifications import retention_end
from functions.ssn.store import SsnStore
from functions.ssn.tables import File, Tombstone
from functions.ssn.vault import SealedField, Vault
from operations.vault import walk
from operations.vault.walk import NOT_DONE, LastMark, Progress, ScanningDynamoDB, Walk


class Maintenance:
    """The jobs."""

    def __init__(
        self, client: ScanningDynamoDB, store: SsnStore, vault: Vault, index: BlindIndex, requester: Requester
    ) -> None:
        """Use a store.

        Args:
            client: scans the tables.
            store: reads and writes files.
            vault: opens every format and seals in the current one.
            index: has the key of every version.
            requester: operator, for the audit.
        """
        self._walk = Walk(client, store)
        self._store = store
        self._audit = AuditStore(store)
        self._consents = ConsentStore(store)
        self._vault = vault
        self._index = index
        self._requester = requester

    def mark(self, version: int) -> Iterator[Progress]:
        """Add a mark in a version of the index to every number; yield after each page.

        The audit entry is written together with the mark, after the decryption. If the job is killed between them, only
        CloudTrail has a record of the decryption.
        """

        def step(file: File) -> bool:
            if not file.living or version in file.marks:
                return False
            number = self._vault.open(file.customer_id, SealedField.NUMBER, file.sealed(SealedField.NUMBER))
            mark = self._index.mark(number, version)
            writes = {
                "mark": self._store.write.put_mark(file.customer_id, version, mark),
                "keys": self._store.write.put_keys(file, {**file.marks, version: mark}),
            }
            self._store.commit(file, self._act(SsnAuditAction.REINDEX, f"mark v{version}"), writes)
            return True

        return self._walk.continued(f"index-{version}", "mark", step)

    def unmark(self, version: int) -> Iterator[Progress]:
        """Remove the mark in a version of the index from every number; yield after each page."""

        def step(file: File) -> bool:
            if version not in file.marks:
                return False
            kept = {other: mark for other, mark in file.marks.items() if other != version}
            if not kept:
                raise LastMark
            writes = {
                "mark": self._store.write.delete_mark(file.customer_id, version, file.marks[version]),
                "keys": self._store.write.put_keys(file, kept),
            }
            self._store.commit(file, self._act(SsnAuditAction.REINDEX, f"unmark v{version}"), writes)
            return True

        return self._walk.continued(f"index-{version}", "unmark", step)

    def reseal(self) -> Iterator[Progress]:
        """Encrypt every number of an older format in the current one; yield after each page."""

        def step(file: File) -> bool:
            if not file.living:
                return False
            old = {field: file.sealed(field) for field in SealedField}
            if all(sealed.format == self._vault.sealing for sealed in old.values()):
                return False
            secrets = {field: self._vault.open(file.customer_id, field, sealed) for field, sealed in old.items()}
            sealed = {field: self._vault.seal(file.customer_id, field, secret) for field, secret in secrets.items()}
            writes = self._store.write.put_number(file, file.record, sealed, file.marks)
            self._store.commit(file, self._act(SsnAuditAction.RESEAL, f"format {self._vault.sealing}"), writes)
            return True

        return self._walk.continued("reseal", f"format {self._vault.sealing}", step)

    def expire_justifications(self) -> Iterator[Progress]:
        """Delete the keys of justifications whose retention has ended; yield after each page.

        DynamoDB deletes them too, within days. The job is for the time after a restore, and for a proof.
        """
        progress, at = Progress(), self._store.clock()
        for items, _ in self._walk.scan(self._store.tables.justifications):
            for item in items:
                progress.seen += 1
                try:
                    if retention_end(int(item["sk"]["S"])) <= at:
                        self._audit.delete_justification_key({name: item[name] for name in ("pk", "sk")})
                        progress.done += 1
                except ValueError:
                    progress.fail(walk.owner(item))
            yield progress

    def verify_all(self) -> Iterator[Progress]:
        """Verify every customer's chain; yield after each page. Nothing is written."""
        progress = Progress()
        tables = self._store.tables
        for table in (tables.data, tables.audit, tables.keyring):
            # Customers that are only in the other tables have lost their head and number.
            complete = self._stored_and_complete if table == tables.data else self._has_head
            for customers, _ in self._walk.customers(table):
                for customer_id in customers:
                    if not complete(customer_id):
                        progress.fail(customer_id)
                    elif table == tables.data:
                        progress.done += 1
                progress.seen = progress.done + len(progress.failed)
                yield progress

    def verify(self, customer_id: str) -> bool:
        """Return True if a customer's chain is complete from its first entry to its head, and has no later entry.

        Raises:
            SsnNotFound: the tables contain nothing about this customer.
        """
        try:
            return self._complete(customer_id)
        except SsnNotFound:
            raise
        except NOT_DONE:
            return False

    def after_restore(self) -> Iterator[Progress]:
        """Update a restored data table from the audit, and the keyring from both; yield after each page.

        The job moves outdated heads, and puts missing tombstones and used consents again. It follows a chain only if it
        is complete. Then it deletes keys and marks of customers without a number. Numbers that were stored or replaced
        after the backup are lost: their keys do not fit, and reading them fails.
        """
        progress, tables = Progress(), self._store.tables
        for customers, _ in self._walk.customers(tables.audit):
            for customer_id in customers:
                self._walk.attempt(progress, customer_id, self._catch_up)
            yield progress
        for items, _ in self._walk.scan(tables.keyring):
            keys: dict[str, list[Item]] = {}
            for item in items:
                keys.setdefault(walk.owner(item), []).append({name: item[name] for name in ("pk", "sk")})
            # A chain that could not be followed gets no entry.
            for customer_id in [each for each in keys if each not in progress.failed]:
                self._walk.attempt(progress, customer_id, partial(self._discard, keys[customer_id]))
            yield progress

    def _catch_up(self, file: File) -> bool:
        newest = self._audit.newest(file.customer_id)
        if newest.sequence <= file.head.sequence:
            return False
        entries = self._since(file, newest)
        # Before the head, from which the next run sees what is missing. One transaction may be too small for them.
        for entry in entries:
            self._restore_consent(file.customer_id, entry)
        erasures = [entry for entry in entries if entry.action == SsnAuditAction.ERASE]
        tombstone = Tombstone(erased_at=erasures[0].at, erasure_id=erasures[0].reference) if erasures else None
        if tombstone:
            self._consents.delete(self._consents.keys(file.customer_id))
        self._store.catch_up(file, newest, tombstone)
        return True

    def _restore_consent(self, customer_id: str, entry: StoredEntry) -> None:
        if entry.consent:
            use = SsnConsentUse(**entry.consent.model_dump(), client_id=entry.client_id, used_at=entry.at)
            self._store.restore_consent(self._store.write.use_consent(customer_id, use))
        if entry.revoked:
            self._store.restore_consent(self._store.write.revoke_consent(entry.revoked, entry.at))

    def _discard(self, keys: list[Item], file: File) -> bool:
        """Delete keys and marks of a customer without a number."""
        if file.living:
            return False
        writes = {f"key {at}": self._store.write.discard(file.customer_id, key) for at, key in enumerate(keys)}
        self._store.commit(file, self._act(SsnAuditAction.REINDEX, "delete keys without a number"), writes)
        return True

    def _stored_and_complete(self, customer_id: str) -> bool:
        try:
            return self.verify(customer_id)
        except SsnNotFound:
            return False

    def _has_head(self, customer_id: str) -> bool:
        try:
            return self._store.read(customer_id).head != START
        except NOT_DONE:
            return False

    def _complete(self, customer_id: str) -> bool:
        entries, verified = self._audit.latest(customer_id, walk.PAGE)
        while verified and entries and (oldest := entries[-1]) and oldest.sequence > 1:
            before = Link(oldest.sequence - 1, oldest.previous)
            entries, verified = self._audit.chain(customer_id, before, walk.PAGE)
        return verified

    def _since(self, file: File, newest: Link) -> list[StoredEntry]:
        """Return the entries after a file's head up to `newest`, newest first."""
        since: list[StoredEntry] = []
        while newest.sequence > file.head.sequence:
            entries, verified = self._audit.chain(file.customer_id, newest, walk.PAGE)
            if not verified:
                raise SsnUnreadable
            since += [entry for entry in entries if entry and entry.sequence > file.head.sequence]
            newest = Link(since[-1].sequence - 1, since[-1].previous)
        if newest != file.head:
            raise SsnUnreadable
        return since

    def _act(self, action: SsnAuditAction, purpose: str) -> Act:
        return self._requester.act(action, purpose=purpose)
