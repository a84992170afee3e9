"""The credit files' table: its items, and their keys.

Items (keys `pk`, `sk`, both strings); `expires_at` is when DynamoDB may delete one, in seconds since 1970:

    FILE#<customer>  HEAD#FILE                       the freeze: its members; `version` alone where it was lifted
    FILE#<customer>  HEAD#FILE                       the tombstone of an erased customer: `erased_at` alone
    FILE#<customer>  HEAD#<bureau>#<model>           `report` with the latest scored_at, and its `as_of`; expires
    FILE#<customer>  REPORT#<bureau>#<model>#<as of> a report: its members, and `recorded_by`; never changed; expires
    FILE#<customer>  INQUIRY#<id>                    an inquiry: its members, and the `report` disclosed; expires
    FILE#<customer>  FREEZE#<version>                what a version of the freeze was, and `changed_by`; never changed
    FILE#<customer>  ANSWER#<id>                     the first answer to an Idempotency-Key; see shared/idempotency.py
    ONCE#<id>        ONCE                            the use of an Idempotency-Key; likewise

`as_of` is <scored_at>#<id>: times are written with one width, so it sorts by time, and of two reports of the same
moment the one recorded later counts. One query for HEAD# gives all that there is to know before a score is disclosed,
and grows with the number of bureaus and models, not with the history.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.credit.errors import CreditFileErased, CreditFileNotFound
from functions.credit.models import CreditReport
from functions.shared.clock import rfc3339
from functions.shared.ids import CUSTOMER_ID

Item = dict[str, Any]
HEAD = "HEAD#"
STATE = "HEAD#FILE"
INQUIRY = "INQUIRY#"


def partition(customer_id: str) -> str:
    """The partition of a file.

    Raises:
        CreditFileNotFound: no customer can have this id.
    """
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise CreditFileNotFound
    return f"FILE#{customer_id}"


def key(customer_id: str, sort: str) -> Item:
    """The key of an item."""
    return {"pk": {"S": partition(customer_id)}, "sk": {"S": sort}}


def as_of(report: CreditReport) -> str:
    """The place of a report in time."""
    return f"{rfc3339(report.scored_at)}#{report.id}"


def series(report: CreditReport) -> str:
    """The bureau and model of a report, as keys have them."""
    return f"{report.bureau}#{report.model}#"


def ttl(expires_at: datetime) -> Item:
    """When DynamoDB may delete an item; readers look at the time themselves, as it takes days."""
    return {"expires_at": {"N": str(int(expires_at.timestamp()))}}


def refuse_erased(item: Mapping[str, Any]) -> None:
    """Let a file's state pass unless it is a tombstone.

    Raises:
        CreditFileErased: it is.
    """
    if "erased_at" in item:
        raise CreditFileErased
