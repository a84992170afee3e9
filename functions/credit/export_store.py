"""DynamoDB requests for exports."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from functions.credit import table
from functions.credit.errors import CreditFileErased
from functions.credit.exports import ExportedRecord, ExportQuery, ExportRecord
from functions.credit.file_table import FileTable
from functions.credit.reference.disclosures import ExportKind
from functions.credit.table import Item
from functions.shared.aws.client import dynamodb
from functions.shared.aws.items import members
from functions.shared.aws.quota import Quota, Quotas
from functions.shared.aws.transactions import Refused, commit, put_new
from functions.shared.plain.clock import now
from functions.shared.plain.ids import new_id
from functions.shared.requests.caller import Caller

# Kinds by the start of the sort keys. Other items are copies, or only technical.
_KINDS = {
    table.EXPORT: ExportKind.EXPORT,
    table.FREEZE: ExportKind.FREEZE,
    table.INQUIRY: ExportKind.INQUIRY,
    table.NOTICE: ExportKind.NOTICE,
    table.REPORT: ExportKind.REPORT,
}


@dataclass(frozen=True)
class ExportStore:
    """Exports of credit files.

    Attributes:
        files: the credit files' table.
        quotas: counts exports.
        by_client: quota of a client, for all consumers.
        of_person: quota of a consumer, for all clients.
        clock: returns the time, which decides what has expired.
    """

    files: FileTable
    quotas: Quotas
    by_client: Quota
    of_person: Quota
    clock: Callable[[], datetime] = now

    def page(
        self, customer_id: str, query: ExportQuery, caller: Caller, before: str | None
    ) -> tuple[list[ExportedRecord], ExportRecord, str | None]:
        """Return the records of a page, the record of the page itself, and the id from which the next page follows.

        Reads the file's state with the page before, counts the first page of an export, reads the records, and stores
        the record of the page.

        Args:
            customer_id: id of the customer.
            query: size of the page, and reference. Expired records are left out of the page.
            caller: client that receives the page.
            before: id of the page before; None for the first page.

        Raises:
            CreditFileNotFound: the id is not a customer's.
            CreditFileErased: the customer was erased.
            QuotaExceeded: the client, or all clients for this consumer, have made too many exports.
            InvalidCursor: the page before is not stored, or was the last one.
        """
        at = self.clock()
        stored = self.files.get_unerased(customer_id, table.EXPORT + (before or ""))
        # Descending: the records of this export's pages sort above the position, so that the export ends.
        upper = table.next_page(stored) if before else table.REPORT + table.END
        if before is None:
            self.quotas.take(self.by_client, caller.client_id)
            self.quotas.take(self.of_person, customer_id)
        items = self.files.query(customer_id, table.EXPORT, upper, ScanIndexForward=False, Limit=query.limit + 1)
        following = items[query.limit]["sk"]["S"] if len(items) > query.limit else None
        records = [record for item in items[: query.limit] if (record := _exported(item, at)) is not None]
        export = ExportRecord(id=new_id("exp", at), reference=query.reference, exported_at=at, records=len(records))
        self._record(customer_id, export, caller, following)
        return records, export, export.id if following else None

    def _record(self, customer_id: str, export: ExportRecord, caller: Caller, following: str | None) -> None:
        writes = {
            "export": put_new(self.files.name, table.export_item(customer_id, export, caller, following)),
            "not_erased": self.files.check_state(customer_id, table.NOT_ERASED),
        }
        try:
            commit(self.files.client, writes)
        except Refused:
            raise CreditFileErased from None


def _exported(item: Item, at: datetime) -> ExportedRecord | None:
    """Return the record of an item; None for an item that has expired, or of another kind."""
    kind = _KINDS.get(item["sk"]["S"].partition("#")[0] + "#")
    if kind is None or ("expires_at" in item and int(item["expires_at"]["N"]) <= at.timestamp()):
        return None
    return ExportedRecord.of(kind, members(item))


@cache
def get_exports() -> ExportStore:
    """Return the exports of this process.

    Environment:
        TABLE_NAME: the credit files' table, which also contains the quotas.
        EXPORTS_PER_HOUR: number of exports that a client may make, and that may be made for a consumer.
    """
    client, name = dynamodb(), os.environ["TABLE_NAME"]
    limit, hour = int(os.environ["EXPORTS_PER_HOUR"]), timedelta(hours=1)
    return ExportStore(
        FileTable(client, name),
        Quotas(client, name),
        by_client=Quota("export", limit, hour),
        of_person=Quota("export_of_person", limit, hour),
    )
