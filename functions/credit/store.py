"""The credit files' table.

Items (keys `pk`, `sk`, both strings):

    FILE#<customer id>  REPORT#<scored_at>#<id>     a report: its members, and `recorded_by`; never changed
    FILE#<customer id>  CURRENT#<bureau>#<model>    `report` with the latest scored_at of the bureau and model
    FILE#<customer id>  CURRENT                     `report` with the latest scored_at of all
    FILE#<customer id>  INQUIRY#<id>                an inquiry: its members, with the `report` that it disclosed

The CURRENT items also have `as_of`, the report's <scored_at>#<id>: times are written with one width, so it sorts by
time, and of two reports of the same moment the one recorded later counts. One read gives the current score, however
long the history is.
"""

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.credit.errors import CreditFileNotFound, InquiryNotRecorded, NoScoreRecorded
from functions.credit.models import (
    CreditReport,
    DisclosedScore,
    Inquiry,
    NewReport,
    ScoreQuery,
)
from functions.shared import log
from functions.shared.aws import REFUSED, DynamoDB, cancellation_reasons, dynamodb, error_name
from functions.shared.caller import Caller
from functions.shared.clock import now, rfc3339
from functions.shared.ids import CUSTOMER_ID
from functions.shared.items import attributes, members


class CreditStore:
    """Records reports, and discloses scores: never without an inquiry."""

    def __init__(self, client: DynamoDB, table: str, clock: Callable[[], datetime] = now) -> None:
        """Use `table` through `client`; `clock` gives the times that are stored."""
        self._client = client
        self._table = table
        self._clock = clock

    def record(self, customer_id: str, facts: NewReport, caller: Caller) -> CreditReport:
        """Store a report: one transaction, or another for one that arrives late.

        Raises:
            CreditFileNotFound: no customer can have this id.
        """
        _check_id(customer_id)
        report = CreditReport.record(customer_id, facts, self._clock())
        current = [
            _current_key(customer_id),
            _current_key(customer_id, report.bureau, report.model),
        ]
        while (late := self._transact(report, caller, current)) is not None:
            # What is newer now will stay newer, so this ends, and nobody who writes meanwhile is undone.
            current = [key for key, refused in zip(current, late, strict=True) if not refused]
        return report

    def disclose(self, customer_id: str, query: ScoreQuery, caller: Caller) -> DisclosedScore:
        """The current score: one consistent read, and an inquiry that is written before anything is returned.

        Raises:
            CreditFileNotFound: no customer can have this id.
            NoScoreRecorded: there is no report, or none of this bureau and model.
            InquiryNotRecorded: the inquiry could not be written.
        """
        _check_id(customer_id)
        key = _current_key(customer_id, query.bureau, query.model)
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise NoScoreRecorded
        report = CreditReport.model_validate(members(answer["Item"])["report"])
        inquiry = Inquiry.soft(report, query.purpose, caller, self._clock())
        self._put(inquiry)
        return DisclosedScore.by(inquiry)

    def check(self) -> None:
        """Fail if the table cannot be read."""
        self._client.get_item(TableName=self._table, Key={"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}})

    def _transact(self, report: CreditReport, caller: Caller, current: list[dict[str, Any]]) -> list[bool] | None:
        """Store a report and let the `current` items point to it; otherwise which of them have a newer one."""
        # The report needs no condition: its id is new, and a repeated attempt after a lost reply must not fail.
        writes = [{"TableName": self._table, "Item": _report_item(report, caller)}]
        writes += [self._unless_newer({**key, **_pointer(report)}) for key in current]
        try:
            self._client.transact_write_items(TransactItems=[{"Put": write} for write in writes])
        except ClientError as error:
            late = [reason == REFUSED for reason in cancellation_reasons(error)[1:]]
            if any(late):
                return late
            raise
        return None

    def _unless_newer(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk) OR as_of < :as_of",
            "ExpressionAttributeValues": {":as_of": item["as_of"]},
        }

    def _put(self, inquiry: Inquiry) -> None:
        item = {**attributes(inquiry), **_key(inquiry.customer_id, f"INQUIRY#{inquiry.id}")}
        try:
            # No condition: the id is new, and a repeated attempt after a lost reply must not fail.
            self._client.put_item(TableName=self._table, Item=item)
        except (ClientError, BotoCoreError) as error:
            # Whatever the reason: a score that nobody would know was read must not be read.
            log.logger.error("inquiry not recorded", extra={"fields": {"error": error_name(error)}})
            raise InquiryNotRecorded("Try again in a moment.", headers={"Retry-After": "1"}) from None


@cache
def get_store() -> CreditStore:
    """The store of this process, on the table that TABLE_NAME names."""
    return CreditStore(dynamodb(), os.environ["TABLE_NAME"])


def _check_id(customer_id: str) -> None:
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise CreditFileNotFound


def _key(customer_id: str, sort: str) -> dict[str, Any]:
    return {"pk": {"S": f"FILE#{customer_id}"}, "sk": {"S": sort}}


def _current_key(customer_id: str, *series: str | None) -> dict[str, Any]:
    return _key(customer_id, "#".join(["CURRENT", *filter(None, series)]))


def _as_of(report: CreditReport) -> str:
    return f"{rfc3339(report.scored_at)}#{report.id}"


def _report_item(report: CreditReport, caller: Caller) -> dict[str, Any]:
    return {
        **attributes(report),
        **_key(report.customer_id, f"REPORT#{_as_of(report)}"),
        "recorded_by": {"M": attributes(caller)},
    }


def _pointer(report: CreditReport) -> dict[str, Any]:
    return {"as_of": {"S": _as_of(report)}, "report": {"M": attributes(report)}}
