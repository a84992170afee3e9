"""Lists of customers. Each list is a range of an index, so it reads only items that it returns.

One partition with all customers would be hot. Their ids distribute them over `SHARDS`, and a page merges all shards.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from operator import ge, le
from typing import Any, Self
from zlib import crc32

from ulid import ULID

from functions.customer.models import Customer, CustomerStatus
from functions.shared.aws.transactions import Item
from functions.shared.plain.values import normal

SHARDS = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# Sort before and after all characters of a name.
_BEFORE_TEXT, _AFTER_TEXT = "\x1f", "\U0010ffff"


@dataclass(frozen=True)
class Listing:
    """A range of an index.

    Attributes:
        index: name of the index and of its partition key.
        partitions: partitions to merge.
        sort: name of the sort key. Its values are unique and end with the id.
        first: the least sort key of the range.
        last: the greatest sort key of the range.
        descending: whether the list starts with `last`.
    """

    index: str
    partitions: tuple[str, ...]
    sort: str = "id"
    first: str = "cus_"
    last: str = "cus_~"
    descending: bool = True

    def after(self, position: str | None) -> Self:
        """Return the range after the sort key `position`; the whole range for None."""
        if position is None:
            return self
        step = -1 if self.descending else 1
        # The last character belongs to an id, so no sort key is between the two.
        next_key = position[:-1] + chr(ord(position[-1]) + step)
        return replace(self, last=next_key) if self.descending else replace(self, first=next_key)

    @property
    def empty(self) -> bool:
        """Whether the range is empty. DynamoDB refuses to query an empty range."""
        return self.first > self.last

    def position(self, item: Item) -> str:
        """Return the sort key of an item, or of the key with which DynamoDB ended a response."""
        return str(item[self.sort]["S"])

    def merged(self, responses: list[dict[str, Any]]) -> tuple[list[Item], str | None]:
        """Merge the responses of all partitions.

        Returns:
            The items in order, and the sort key up to which all partitions are complete; None if they are at their end.
        """
        items = list(merge(*(response["Items"] for response in responses), key=self.position, reverse=self.descending))
        ends = [self.position(response["LastEvaluatedKey"]) for response in responses if "LastEvaluatedKey" in response]
        if not ends:
            return items, None
        # Items after the end of an incomplete partition may lack some of that partition.
        end, complete = (max(ends), ge) if self.descending else (min(ends), le)
        return [item for item in items if complete(self.position(item), end)], end


def newest_first(status: CustomerStatus | None, after: datetime | None, before: datetime | None) -> Listing:
    """Return the list of customers created between two times, with a status or with any, newest first."""
    first = "cus_" if after is None else _earliest_id((after - _EPOCH) // _MILLISECOND + 1)
    # Stored times are cut to the millisecond, so a time before 0.5 ms is stored as 0.
    last = "cus_~" if before is None else _earliest_id(-((_EPOCH - before) // _MILLISECOND))
    if status is None:
        return Listing("listing", _sharded("CUSTOMERS"), first=first, last=last)
    return Listing("status_listing", _sharded(status.upper()), first=first, last=last)


def with_phone(phone: str) -> Listing:
    """Return the list of customers with a phone number, newest first."""
    return Listing("phone", (phone,))


def by_name(prefix: str) -> Listing:
    """Return the list of customers whose family name starts with `prefix`, sorted by name."""
    first = folded(prefix)
    return Listing("name_listing", _sharded("NAMES"), "folded_name", first, first + _AFTER_TEXT, descending=False)


def index_keys(customer: Customer) -> dict[str, str]:
    """Return the keys of a customer in the indexes, in addition to `id` and `phone`."""
    shard = crc32(customer.id.encode()) % SHARDS
    keys = {"listing": f"CUSTOMERS#{shard}", "status_listing": f"{customer.status.upper()}#{shard}"}
    if customer.family_name is not None:
        keys["name_listing"] = f"NAMES#{shard}"
        keys["folded_name"] = f"{folded(customer.family_name)}{_BEFORE_TEXT}{customer.id}"
    return keys


def folded(text: str) -> str:
    """Return case-folded text in NFC, for sorting and comparing names and addresses."""
    # Case folding decomposes some letters (U+0390), so NFC comes last.
    return unicodedata.normalize("NFC", normal(text).casefold())


def email_key(address: str) -> str:
    """Return the text under which an e-mail address is unique: case-insensitive, without joining different letters.

    The domain becomes its IDNA 2008 A-label (RFC 5891): straße.de and strasse.de are two domains. The local part is
    folded letter by letter (Unicode's simple case folding) and put in NFC: full case folding would make ß equal to ss.
    """
    local, _, domain = address.rpartition("@")
    lower = unicodedata.normalize("NFC", "".join(map(_simply_folded, local)))
    if domain.isascii():
        return f"{lower}@{domain.lower()}"
    # Not at start-up: its tables are slow to load, and few domains need them.
    import idna  # noqa: PLC0415

    return f"{lower}@{idna.encode(domain, uts46=True, transitional=False).decode()}"


def _simply_folded(letter: str) -> str:
    full = letter.casefold()
    return full if len(full) == 1 else letter.lower()


def _sharded(partition: str) -> tuple[str, ...]:
    return tuple(f"{partition}#{shard}" for shard in range(SHARDS))


def _earliest_id(millisecond: int) -> str:
    """Return a text that sorts before each id of this millisecond since 1970, and after each earlier id."""
    return f"cus_{str(ULID.from_int(max(0, millisecond) << 80))[:10]}"
