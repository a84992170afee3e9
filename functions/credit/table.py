"""Items of the credit files' table.

Keys are `pk` and `sk`, both strings. `expires_at` is in seconds since 1970. DynamoDB deletes expired items within
days, so readers compare the time too.

    FILE#<customer>  HEAD#FILE                       the security freeze; only `version` after it was lifted
    FILE#<customer>  HEAD#FILE                       the tombstone of an erased customer: a `Tombstone`
    FILE#<customer>  INQUIRY#~                       the tombstone of its list of inquiries, which sorts last in it
    FILE#<customer>  HEAD#<bureau>#<model>           `report` with the latest scored_at, and its `as_of`; expires
    FILE#<customer>  REPORT#<bureau>#<model>#<as of> a report, and `recorded_by`; never changes; expires
    FILE#<customer>  FACTS#<hash>                    `report_id` of the report with these facts; expires with it
    FILE#<customer>  INQUIRY#<id>                    an inquiry, with the disclosed `report`; expires
    FILE#<customer>  NOTICE#<id>                     an adverse-action notice, and `drawn_up_by`; expires
    FILE#<customer>  FREEZE#<version>                a version of the freeze, and `changed_by`; never changes
    FILE#<customer>  EXPORT#<id>                     an exported page, `exported_by`, and the start of the next; expires
    FILE#<customer>  ANSWER#<id>                     the response to an Idempotency-Key; see shared/aws/idempotency.py
    ONCE#<id>        ONCE                            the use of an Idempotency-Key; see there
    QUOTA#…                                          a number of exports; see shared/aws/quota.py

Pages of the history and of exports are recorded. Their items contain the sort key at which the next page starts, as
`next_page`, so a cursor contains only the id of the item.

`as_of` is <scored_at>#<id>. Times have a fixed width, so that it sorts by time. Of two reports of the same moment, the
one that was recorded later is current. One query for HEAD# reads all that a disclosure depends on. Its cost grows with
the number of bureaus and models, not with the history.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from functions.credit.errors import CreditFileErased, CreditFileNotFound
from functions.credit.exports import ExportRecord
from functions.credit.freezes import SecurityFreeze
from functions.credit.inquiries import Inquiry, Question
from functions.credit.models import CreditReport, ReportFacts
from functions.credit.notices import AdverseActionNotice
from functions.shared.aws.items import attributes, members
from functions.shared.plain.clock import rfc3339
from functions.shared.plain.ids import CUSTOMER_ID
from functions.shared.plain.problems import InvalidCursor
from functions.shared.requests.caller import Caller

Item = dict[str, Any]
HEAD = "HEAD#"
STATE = "HEAD#FILE"
INQUIRY = "INQUIRY#"
NO_INQUIRIES = "INQUIRY#~"
NOTICE = "NOTICE#"
EXPORT = "EXPORT#"
FREEZE = "FREEZE#"
REPORT = "REPORT#"
# Sort before and after every sort key, time and id.
FIRST = "!"
END = "~"
NOT_ERASED: Item = {"ConditionExpression": "attribute_not_exists(erased_at)"}


class FreezeState(NamedTuple):
    """Security freeze of a credit file.

    Attributes:
        version: of the freeze; 0 if there never was one. A lift increases it too.
        freeze: None if the file has none, or it was lifted.
    """

    version: int = 0
    freeze: SecurityFreeze | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "FreezeState":
        """Return the state from its item, which is empty if there never was a freeze.

        Raises:
            CreditFileErased: the item is a tombstone.
        """
        if "erased_at" in item:
            raise CreditFileErased
        if not item:
            return cls()
        stored = members(item)
        return cls(stored["version"], SecurityFreeze.model_validate(stored) if "updated_at" in stored else None)


class CreditFile(NamedTuple):
    """Everything that a disclosure depends on.

    Attributes:
        customer_id: id of the customer.
        state: the security freeze.
        newest: the newest report of each bureau and model that has not expired, in the order of their keys.
        at: time of the read.
    """

    customer_id: str
    state: FreezeState
    newest: list[CreditReport]
    at: datetime

    def matching(self, question: Question) -> list[CreditReport]:
        """Return the newest report of each bureau and model that the question includes."""
        return [
            report
            for report in self.newest
            if question.bureau in {None, report.bureau} and question.model in {None, report.model}
        ]


def partition(customer_id: str) -> str:
    """Return the partition key of a file.

    Raises:
        CreditFileNotFound: the id is not a customer's.
    """
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise CreditFileNotFound("Send the id of a customer, such as cus_01M81ZSH2FGSN7PEVEX7N32QYS.")
    return f"FILE#{customer_id}"


def key(customer_id: str, sort: str) -> Item:
    """Return the key of an item."""
    return {"pk": {"S": partition(customer_id)}, "sk": {"S": sort}}


def after(sort: str) -> str:
    """Return a text that sorts directly after a sort key."""
    return sort + FIRST


def response_key(resource: CreditReport | Inquiry | AdverseActionNotice) -> Item:
    """Return the key of the response to an Idempotency-Key that created a resource."""
    return key(resource.customer_id, f"ANSWER#{resource.id}")


def as_of(report: CreditReport) -> str:
    """Return the position of a report in time, as sort keys contain it."""
    return f"{rfc3339(report.scored_at)}#{report.id}"


def report_prefix(report: CreditReport) -> str:
    """Return what the sort keys of all reports of the same bureau and model start with."""
    return f"{REPORT}{report.bureau}#{report.model}#"


def report_item(report: CreditReport, caller: Caller) -> Item:
    """Return the item of a report."""
    return {
        **attributes(report),
        **key(report.customer_id, report_prefix(report) + as_of(report)),
        **ttl(report.expires_at),
        "recorded_by": {"M": attributes(caller)},
    }


def facts_item(report: CreditReport) -> Item:
    """Return the item that makes the facts of a report unique in a file."""
    facts = ReportFacts.model_validate(report.model_dump()).model_dump_json()
    return {
        **key(report.customer_id, f"FACTS#{sha256(facts.encode()).hexdigest()}"),
        "report_id": {"S": report.id},
        **ttl(report.expires_at),
    }


def current_item(report: CreditReport) -> Item:
    """Return the item of the newest report of a bureau and model."""
    return {
        **key(report.customer_id, f"{HEAD}{report.bureau}#{report.model}"),
        "as_of": {"S": as_of(report)},
        "report": {"M": attributes(report)},
        **ttl(report.expires_at),
    }


def inquiry_item(inquiry: Inquiry, following: str | None = None) -> Item:
    """Return the item of an inquiry. `following` is the position of the next page of a history."""
    return {
        **attributes(inquiry),
        **_next_page(following),
        **key(inquiry.customer_id, INQUIRY + inquiry.id),
        **ttl(inquiry.expires_at),
    }


def notice_item(notice: AdverseActionNotice, caller: Caller) -> Item:
    """Return the item of a notice."""
    return {
        **attributes(notice),
        **key(notice.customer_id, NOTICE + notice.id),
        **ttl(notice.expires_at),
        "drawn_up_by": {"M": attributes(caller)},
    }


def export_item(customer_id: str, export: ExportRecord, caller: Caller, following: str | None) -> Item:
    """Return the item of an exported page. `following` is the sort key at which the next page starts."""
    return {
        **attributes(export),
        **key(customer_id, EXPORT + export.id),
        **ttl(export.expires_at),
        **_next_page(following),
        "exported_by": {"M": attributes(caller)},
    }


def next_page(item: Item) -> str:
    """Return the position of the page after the one that an item records.

    Raises:
        InvalidCursor: the item is missing, or no page follows.
    """
    if "next_page" not in item:
        raise InvalidCursor("Start again without a cursor.")
    return str(item["next_page"]["S"])


def freeze_items(
    customer_id: str, version: int, freeze: SecurityFreeze | None, caller: Caller, at: datetime
) -> tuple[Item, Item]:
    """Return the items of a freeze's version: the current state, and the entry of its history.

    Args:
        customer_id: id of the customer.
        version: of the freeze.
        freeze: None for a lift.
        caller: client that changed the freeze.
        at: time of the change.
    """
    state = attributes(freeze) if freeze else {"version": {"N": str(version)}}
    change = {"changed_at": {"S": rfc3339(at)}, "changed_by": {"M": attributes(caller)}}
    return (
        {**state, **key(customer_id, STATE)},
        {**state, **key(customer_id, f"{FREEZE}{version:08}"), **change},
    )


def newer_than_stored(item: Item) -> Item:
    """Return the condition that an item of `current_item` is newer than the stored one."""
    return {
        "ConditionExpression": "attribute_not_exists(pk) OR as_of < :as_of",
        "ExpressionAttributeValues": {":as_of": item["as_of"]},
    }


def in_version(version: int) -> Item:
    """Return the condition that a file's freeze is in a version."""
    if version == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _next_page(following: str | None) -> Item:
    return {"next_page": {"S": following}} if following else {}


def ttl(expires_at: datetime) -> Item:
    """Return the attribute by which DynamoDB deletes an item."""
    return {"expires_at": {"N": str(int(expires_at.timestamp()))}}
