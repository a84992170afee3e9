"""DynamoDB requests of the credit service. table.py describes the items."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any

from functions.credit import table
from functions.credit.errors import (
    CreditFileErased,
    FreezeNotFound,
    InquiryNotRecorded,
    ReportExists,
)
from functions.credit.file_table import FileTable
from functions.credit.freezes import NewFreeze, SecurityFreeze
from functions.credit.history import SUMMARISED, History, HistoryQuery, ScoreSummary
from functions.credit.inquiries import Inquiry
from functions.credit.models import CreditReport
from functions.credit.series import merged_page
from functions.credit.table import CreditFile, FreezeState, Item
from functions.credit.times import first_kept
from functions.shared.aws.client import DynamoDB, dynamodb, error_name
from functions.shared.aws.errors import CallFailed
from functions.shared.aws.idempotency import Once, commit_once
from functions.shared.aws.items import members
from functions.shared.aws.transactions import Refused, commit, put_new
from functions.shared.plain import log
from functions.shared.plain.clock import now, rfc3339
from functions.shared.plain.problems import RETRY_SOON, PreconditionRequired
from functions.shared.requests import etag
from functions.shared.requests.caller import Caller


class FileChanged(Exception):
    """The file's freeze was changed, or the file was erased, after it was read."""


class CreditStore:
    """Credit files in DynamoDB. All writes are conditional: concurrent writers cannot overwrite each other."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Use `table` through `client`. `clock` determines what has expired and the times of freezes."""
        self._client = client
        self._table = table
        self._files = FileTable(client, table)
        self._clock = clock

    def check(self) -> None:
        """Fail if the table cannot be read."""
        self._client.get_item(TableName=self._table, Key={"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}})

    def record_report(self, report: CreditReport, caller: Caller, use: Once | None = None) -> None:
        """Store a report in one transaction, or in a second one if a newer report is current.

        Raises:
            CreditFileNotFound: the id is not a customer's.
            CreditFileErased: the customer was erased.
            ReportExists: an identical report is stored.
            Replayed, and other problems of idempotency: see `commit_once`.
        """
        current = table.current_item(report)
        writes = {
            "report": put_new(self._table, table.report_item(report, caller)),
            "facts": put_new(self._table, table.facts_item(report)),
            "not_erased": self._files.check_state(report.customer_id, table.NOT_ERASED),
            "current": {"Put": {"TableName": self._table, "Item": current, **table.newer_than_stored(current)}},
        }
        try:
            self._commit_report(report, writes, use)
        except Refused:
            # The current report is newer. Only an even newer one can replace it.
            del writes["current"]
            self._commit_report(report, writes, use)

    def read_file(self, customer_id: str) -> CreditFile:
        """Return a file's freeze and newest reports: one consistent query, however long the history.

        Raises:
            CreditFileNotFound, CreditFileErased: see `record_report`.
        """
        at = self._clock()
        items = {item["sk"]["S"]: item for item in self._files.query(customer_id, table.HEAD, table.HEAD + table.END)}
        state = FreezeState.of(items.pop(table.STATE, {}))
        newest = [CreditReport.model_validate(members(item)["report"]) for item in items.values()]
        return CreditFile(customer_id, state, [report for report in newest if report.expires_at > at], at)

    def record_inquiry(
        self, inquiry: Inquiry, state: FreezeState, use: Once | None = None, following: str | None = None
    ) -> None:
        """Store an inquiry in one transaction, on condition that the freeze has not changed.

        Args:
            inquiry: record of the disclosure.
            state: of the freeze, which allowed the disclosure.
            use: of an Idempotency-Key.
            following: position of the next page, for the inquiry of a page of the history.

        Raises:
            FileChanged: the freeze has changed since `state` was read, or the file was erased.
            InquiryNotRecorded: the transaction failed.
            Replayed, and other problems of idempotency: see `commit_once`.
        """
        writes = {
            "inquiry": put_new(self._table, table.inquiry_item(inquiry, following)),
            "freeze": self._files.check_state(inquiry.customer_id, table.in_version(state.version)),
        }
        try:
            commit_once(self._client, self._table, writes, use, table.response_key(inquiry))
        except Refused:
            raise FileChanged from None
        except CallFailed as error:
            # Whatever the cause, a score must not be disclosed without a record.
            log.logger.error("inquiry not recorded", extra={"fields": {"error": error_name(error)}})
            raise InquiryNotRecorded("No score was disclosed. Try again in a moment.", headers=RETRY_SOON) from None

    def read_history(self, file: CreditFile, query: HistoryQuery, position: str | None) -> History:
        """Return a page of reports: a query or more for each bureau and model, and one for the summary.

        Args:
            file: credit file. Its time decides what has expired.
            query: filters, order and size of the page.
            position: `History.position` of the page before this one; None for the first page.
        """
        first = first_kept(file.at)
        matching = file.matching(query)
        reports, following = merged_page(matching, query, first, position, self._reports)
        if query.summary == "false" or not matching:
            return History(reports, following, None)
        year = self._reports(matching[0], rfc3339(first), table.END, SUMMARISED, newest=True)
        return History(reports, following, ScoreSummary.of(year, file.at))

    def page_after(self, customer_id: str, inquiry_id: str | None) -> str | None:
        """Return the position of the page of the history after that of an inquiry: one read. None for the first page.

        Raises:
            InvalidCursor: the inquiry is not stored, or its page was the last one.
        """
        if inquiry_id is None:
            return None
        return table.next_page(self._files.get(customer_id, table.INQUIRY + inquiry_id))

    def list_inquiries(self, customer_id: str, limit: int, before: str | None) -> tuple[list[Inquiry], str | None]:
        """Return a page of inquiries, newest first, and the position of the next page: one query.

        For a later page, the file's state is read at the same time. The first page contains the list's tombstone.

        Args:
            customer_id: id of the customer.
            limit: maximum number of inquiries. Expired ones are left out of the page.
            before: position that the page before this one returned; None for the first page.

        Raises:
            CreditFileNotFound, CreditFileErased: see `record_report`.
        """
        upper = before or table.NO_INQUIRIES
        read = partial(self._files.query, customer_id, table.INQUIRY, upper, ScanIndexForward=False, Limit=limit + 2)
        items = read() if before is None else self._files.with_state(customer_id, read)
        if items and "erased_at" in items[0]:
            raise CreditFileErased
        items = [item for item in items if item["sk"]["S"] != before]
        page = [inquiry for item in items[:limit] if (inquiry := self._unexpired(item)) is not None]
        return page, items[limit - 1]["sk"]["S"] if len(items) > limit else None

    def freeze_state(self, customer_id: str) -> FreezeState:
        """Return the state of a file's freeze: one consistent read.

        Raises:
            CreditFileNotFound, CreditFileErased: see `record_report`.
        """
        return FreezeState.of(self._files.get(customer_id, table.STATE))

    def read_freeze(self, customer_id: str) -> SecurityFreeze:
        """Return the freeze of a file.

        Raises:
            FreezeNotFound: the file has none.
            CreditFileNotFound, CreditFileErased: see `record_report`.
        """
        freeze = self.freeze_state(customer_id).freeze
        if freeze is None:
            raise FreezeNotFound("Place a freeze with PUT, without If-Match.")
        return freeze

    def place_freeze(self, customer_id: str, state: FreezeState, new: NewFreeze, caller: Caller) -> SecurityFreeze:
        """Place a freeze, or replace the one in `state`, in one transaction.

        Raises:
            PreconditionFailed: the freeze has changed since `state` was read.
            PreconditionRequired: the file had no freeze in `state`, and has one now.
            CreditFileErased: the customer was erased after `state` was read.
            InvalidRequest: see `SecurityFreeze.place`.
        """
        freeze = SecurityFreeze.place(customer_id, new, state.freeze, state.version + 1, self._clock())
        self._commit_freeze(customer_id, state, freeze, caller, freeze.updated_at)
        return freeze

    def lift_freeze(self, freeze: SecurityFreeze, caller: Caller) -> None:
        """Lift a freeze in one transaction. Its version is kept, so that no later freeze has the same ETag.

        Raises:
            PreconditionFailed: the freeze has changed since it was read.
            CreditFileErased: the customer was erased after it was read.
        """
        self._commit_freeze(freeze.customer_id, FreezeState(freeze.version, freeze), None, caller, self._clock())

    def _commit_freeze(
        self, customer_id: str, state: FreezeState, freeze: SecurityFreeze | None, caller: Caller, at: datetime
    ) -> None:
        current, change = table.freeze_items(customer_id, state.version + 1, freeze, caller, at)
        replace = {"Put": {"TableName": self._table, "Item": current, **table.in_version(state.version)}}
        try:
            commit(self._client, {"freeze": replace, "change": put_new(self._table, change)})
        except Refused as refused:
            if "erased_at" in refused.failed.get("freeze", {}):
                raise CreditFileErased from None
            if state.freeze is None:
                raise PreconditionRequired("A freeze exists now. Send If-Match with its ETag.") from None
            raise etag.stale() from None

    def _commit_report(self, report: CreditReport, writes: Mapping[str, Item], use: Once | None) -> None:
        try:
            commit_once(self._client, self._table, writes, use, table.response_key(report))
        except Refused as refused:
            if "not_erased" in refused.failed:
                raise CreditFileErased from None
            if "facts" in refused.failed:
                raise ReportExists(refused.failed["facts"]["report_id"]["S"]) from None
            raise

    def _reports(self, like: CreditReport, lower: str, upper: str, limit: int, *, newest: bool) -> list[CreditReport]:
        """Return reports of the same bureau and model within a range of `as_of`: one query."""
        prefix = table.report_prefix(like)
        items = self._files.query(
            like.customer_id, prefix + lower, prefix + upper, ScanIndexForward=not newest, Limit=limit
        )
        return [CreditReport.model_validate(members(item)) for item in items]

    def _unexpired(self, item: Mapping[str, Any]) -> Inquiry | None:
        inquiry = Inquiry.model_validate(members(item))
        return inquiry if inquiry.expires_at > self._clock() else None


@cache
def get_store() -> CreditStore:
    """Return the store of this process, on the table that TABLE_NAME names."""
    return CreditStore(dynamodb(), os.environ["TABLE_NAME"])
