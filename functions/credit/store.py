"""Credit files: reports, and what is disclosed of them, never without an inquiry. Items are described in keys.py."""

import heapq
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from functions.credit.errors import CreditFileErased, InquiryNotFound, InquiryNotRecorded
from functions.credit.files import CreditFile, FreezeState
from functions.credit.freezes import SecurityFreeze
from functions.credit.history import SUMMARISED, History, HistoryQuery, ScoreSummary, SortOrder
from functions.credit.inquiries import Inquiry, ScoreInquiry
from functions.credit.keys import HEAD, INQUIRY, STATE, Item, as_of, key, partition, refuse_erased, series, ttl
from functions.credit.models import CreditReport
from functions.credit.times import first_kept
from functions.shared import log
from functions.shared.aws import DynamoDB, dynamodb, error_name
from functions.shared.caller import Caller
from functions.shared.clock import now, rfc3339
from functions.shared.idempotency import Once, commit_once
from functions.shared.items import attributes, members
from functions.shared.problems import RETRY_SOON
from functions.shared.transactions import Refused, put_new

Found = TypeVar("Found", bound=Inquiry)
Answer = TypeVar("Answer")

# How often a file is judged anew because its freeze was changed meanwhile.
ATTEMPTS = 3

# So many reports of about 500 bytes cost one read unit of 4 KB.
_CHUNK = 6
# Sorts after every time and id.
_END = "~"
_ERASED = 1


class Moved(Exception):
    """The file's freeze was changed, or the file erased, since it was read."""


class CreditStore:
    """Records reports, and reads files for those who leave an inquiry."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Use `table` through `client`; `clock` says what has expired."""
        self._client = client
        self._table = table
        self._clock = clock

    def record(self, report: CreditReport, caller: Caller, use: Once | None = None) -> None:
        """Store a report: one transaction, or another for one that arrives late.

        Raises:
            CreditFileNotFound: no customer can have this id.
            CreditFileErased: the customer was erased.
            Replayed, and other problems of idempotency: see `commit_once`.
        """
        kept = [self._new(_report_item(report, caller)), self._unerased(report.customer_id)]
        try:
            self._commit(report, [*kept, self._unless_newer(report)], use)
        except Refused:
            # What is newer now will stay newer, so that nothing is left to be held to.
            self._commit(report, kept, use)

    def file(self, customer_id: str) -> CreditFile:
        """A file's freeze and newest reports: one consistent query, however long the history.

        Raises:
            CreditFileNotFound: no customer can have this id.
            CreditFileErased: the customer was erased.
        """
        at = self._clock()
        found = {item["sk"]["S"]: item for item in self._query(customer_id, HEAD, HEAD + _END)}
        state = freeze_state(found.pop(STATE, {}))
        newest = [CreditReport.model_validate(members(item)["report"]) for item in found.values()]
        return CreditFile(customer_id, state, [report for report in newest if report.expires_at > at], at)

    def disclose(self, customer_id: str, step: Callable[[CreditFile], Answer]) -> Answer:
        """Take a step that judges a file and ends in `keep`; again while the freeze is changed in between.

        Raises:
            InquiryNotRecorded: it was changed too often.
            CreditFileNotFound, CreditFileErased: see `file`.
        """
        for _ in range(ATTEMPTS):
            file = self.file(customer_id)
            with suppress(Moved):
                return step(file)
        raise InquiryNotRecorded("The freeze is being changed. Try again in a moment.", headers=RETRY_SOON)

    def keep(self, inquiry: Inquiry, state: FreezeState, use: Once | None = None) -> None:
        """Store an inquiry, before anything that it discloses goes out: one transaction, held to the freeze's version.

        Raises:
            Moved: the file's freeze has changed since it was read, or the file was erased.
            InquiryNotRecorded: it could not be written.
            Replayed, and other problems of idempotency: see `commit_once`.
        """
        item = {
            **attributes(inquiry),
            **key(inquiry.customer_id, INQUIRY + inquiry.id),
            **ttl(inquiry.expires_at),
        }
        writes = [self._new(item), self._unchanged(inquiry.customer_id, state)]
        home = key(inquiry.customer_id, f"ANSWER#{inquiry.id}")
        try:
            commit_once(self._client, self._table, writes, use, home)
        except Refused:
            raise Moved from None
        except (ClientError, BotoCoreError) as error:
            # Whatever the reason: a score that nobody would know was read must not be read.
            log.logger.error("inquiry not recorded", extra={"fields": {"error": error_name(error)}})
            raise InquiryNotRecorded("Try again in a moment.", headers=RETRY_SOON) from None

    def history(self, file: CreditFile, query: HistoryQuery, position: str | None) -> History:
        """Return a page of reports: a query for each bureau and model, and for the summary.

        A series is read in growing chunks, so that a page costs about as much as its reports, however many series.

        Args:
            file: whose.
            query: what is asked for.
            position: that the page before this one gave; None for the first page.
        """
        newest = query.order is SortOrder.NEWEST
        first = first_kept(file.at)
        lower = rfc3339(max(query.from_ or first, first))
        upper = rfc3339(query.to) if query.to else _END
        if position is not None:
            lower, upper = (lower, min(upper, position)) if newest else (max(lower, position), upper)
        every = file.series(query)
        # Two more: the position itself is read again, and one report shows that another page follows.
        chunk = max(_CHUNK, -(-(query.limit + 2) // max(len(every), 1)) + 2)
        each = [self._in_chunks(report, lower, upper, chunk, newest=newest) for report in every]
        merged = (report for report in heapq.merge(*each, key=as_of, reverse=newest) if as_of(report) != position)
        reports = list(islice(merged, query.limit + 1))
        more = len(reports) > query.limit
        reports = reports[: query.limit]
        return History(reports, as_of(reports[-1]) if more else None, self._summary(file, query))

    def inquiries(self, customer_id: str, limit: int, before: str | None) -> tuple[list[Inquiry], str | None]:
        """A page of the inquiries into a file, newest first: one query, and one read where it finds nothing.

        Args:
            customer_id: whose file.
            limit: how many at most; fewer where some have expired.
            before: the position that the page before this one gave; None for the first page.

        Raises:
            CreditFileNotFound, CreditFileErased: see `file`.
        """
        upper = before or INQUIRY + _END
        found = self._query(customer_id, INQUIRY, upper, ScanIndexForward=False, Limit=limit + 2)
        listed = [item for item in found if item["sk"]["S"] != before]
        if not listed:
            self._refuse_erased(customer_id)
        shown = [inquiry for item in listed[:limit] if (inquiry := self._unexpired(Inquiry, item)) is not None]
        return shown, listed[limit - 1]["sk"]["S"] if len(listed) > limit else None

    def inquiry(self, customer_id: str, inquiry_id: str, client_id: str) -> ScoreInquiry:
        """An inquiry that disclosed a score to this client: one read, or two where there is none.

        Raises:
            CreditFileNotFound, CreditFileErased: see `file`.
            InquiryNotFound: there is none, it was somebody else's, it disclosed no single score, or it has expired.
        """
        item = self._get(customer_id, INQUIRY + inquiry_id)
        if not item:
            self._refuse_erased(customer_id)
        inquiry = self._unexpired(ScoreInquiry, item) if "report" in item else None
        if inquiry is None or inquiry.caller.client_id != client_id:
            raise InquiryNotFound("Name an inquiry that disclosed one score to the client that asks now.")
        return inquiry

    def check(self) -> None:
        """Fail if the table cannot be read."""
        self._client.get_item(TableName=self._table, Key={"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}})

    def _summary(self, file: CreditFile, query: HistoryQuery) -> ScoreSummary | None:
        """What the last year of a series amounts to: one query, `SUMMARISED` reports at most; None of an empty one."""
        if query.summary == "false" or not (found := file.series(query)):
            return None
        lower = rfc3339(first_kept(file.at))
        return ScoreSummary.of(self._reports(found[0], lower, _END, SUMMARISED, newest=True), file.at)

    def _commit(self, report: CreditReport, writes: list[Item], use: Once | None) -> None:
        try:
            commit_once(self._client, self._table, writes, use, key(report.customer_id, f"ANSWER#{report.id}"))
        except Refused as refused:
            if refused.by(_ERASED):
                raise CreditFileErased from None
            raise

    def _query(self, customer_id: str, lower: str, upper: str, **more: Any) -> list[Item]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :lower AND :upper",
            ExpressionAttributeValues={
                ":pk": {"S": partition(customer_id)},
                ":lower": {"S": lower},
                ":upper": {"S": upper},
            },
            ConsistentRead=True,
            **more,
        )
        items: list[Item] = answer["Items"]
        return items

    def _in_chunks(
        self, like: CreditReport, lower: str, upper: str, chunk: int, *, newest: bool
    ) -> Iterator[CreditReport]:
        """Yield the reports of a series within a range of `as_of`; each query reads twice as many as the one before."""
        shown = ""
        while True:
            found = self._reports(like, lower, upper, chunk, newest=newest)
            yield from (report for report in found if as_of(report) != shown)
            if len(found) < chunk:
                return
            shown = as_of(found[-1])
            lower, upper = (lower, shown) if newest else (shown, upper)
            chunk *= 2

    def _reports(
        self, like: CreditReport, lower: str, upper: str, limit: int, *, newest: bool
    ) -> Sequence[CreditReport]:
        """The reports of a series within a range of `as_of`, in either order."""
        if upper < lower:
            return []
        prefix = f"REPORT#{series(like)}"
        found = self._query(like.customer_id, prefix + lower, prefix + upper, ScanIndexForward=not newest, Limit=limit)
        return [CreditReport.model_validate(members(item)) for item in found]

    def _get(self, customer_id: str, sort: str) -> Item:
        answer = self._client.get_item(TableName=self._table, Key=key(customer_id, sort), ConsistentRead=True)
        item: Item = answer.get("Item", {})
        return item

    def _refuse_erased(self, customer_id: str) -> None:
        refuse_erased(self._get(customer_id, STATE))

    def _unexpired(self, kind: type[Found], item: Mapping[str, Any]) -> Found | None:
        inquiry = kind.model_validate(members(item))
        return inquiry if inquiry.expires_at > self._clock() else None

    def _new(self, item: Item) -> Item:
        return put_new(self._table, item)

    def _unless_newer(self, report: CreditReport) -> Item:
        item = {
            **key(report.customer_id, HEAD + series(report).removesuffix("#")),
            "as_of": {"S": as_of(report)},
            "report": {"M": attributes(report)},
            **ttl(report.expires_at),
        }
        condition = {
            "ConditionExpression": "attribute_not_exists(pk) OR as_of < :as_of",
            "ExpressionAttributeValues": {":as_of": item["as_of"]},
        }
        return {"Put": {"TableName": self._table, "Item": item, **condition}}

    def _unerased(self, customer_id: str) -> Item:
        condition = {"ConditionExpression": "attribute_not_exists(erased_at)"}
        return {"ConditionCheck": {"TableName": self._table, "Key": key(customer_id, STATE), **condition}}

    def _unchanged(self, customer_id: str, state: FreezeState) -> Item:
        return {"ConditionCheck": {"TableName": self._table, "Key": key(customer_id, STATE), **in_version(state)}}


@cache
def get_store() -> CreditStore:
    """The store of this process, on the table that TABLE_NAME names."""
    return CreditStore(dynamodb(), os.environ["TABLE_NAME"])


def freeze_state(item: Mapping[str, Any]) -> FreezeState:
    """The state of a file from its item; an empty one where there is none.

    Raises:
        CreditFileErased: it is a tombstone.
    """
    refuse_erased(item)
    if not item:
        return FreezeState()
    found = members(item)
    frozen = "updated_at" in found
    return FreezeState(found["version"], SecurityFreeze.model_validate(found) if frozen else None)


def in_version(state: FreezeState) -> Item:
    """The condition that a file's state has not changed since."""
    if state.version == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(state.version)}},
    }


def _report_item(report: CreditReport, caller: Caller) -> Item:
    return {
        **attributes(report),
        **key(report.customer_id, f"REPORT#{series(report)}{as_of(report)}"),
        **ttl(report.expires_at),
        "recorded_by": {"M": attributes(caller)},
    }
