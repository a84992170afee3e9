"""The orders in which customers can be listed: each is a range of an index, so that nothing is read to be thrown away.

A partition that takes every write, or holds every active customer, would be hot; so the customers of one are spread
over `SHARDS`, by their id, and a page reads all shards and merges.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from zlib import crc32

from ulid import ULID

from functions.customer.models import Customer, CustomerStatus
from functions.shared.values import normal

SHARDS = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# Sorts before whatever a name may hold, and after it what is no character.
_BEFORE_TEXT, _AFTER_TEXT = "\x1f", "\U0010ffff"


@dataclass(frozen=True)
class Listing:
    """A range of an index.

    Attributes:
        index: its name, which is that of its partition key.
        partitions: to be merged.
        sort: name of its sort key, whose values differ from customer to customer and end with the id.
        first: the least sort key of the range.
        last: the greatest.
        descending: from last to first.
    """

    index: str
    partitions: tuple[str, ...]
    sort: str = "id"
    first: str = "cus_"
    last: str = "cus_~"
    descending: bool = True

    def after(self, position: str | None) -> Self:
        """What comes after the sort key `position`; everything after None."""
        if position is None:
            return self
        step = -1 if self.descending else 1
        # Sort keys that differ only here are ids, so nothing can lie between.
        beside = position[:-1] + chr(ord(position[-1]) + step)
        return replace(self, last=beside) if self.descending else replace(self, first=beside)

    @property
    def empty(self) -> bool:
        """Whether nothing can be in the range; DynamoDB refuses to be asked for it."""
        return self.first > self.last


def newest_first(status: CustomerStatus | None, after: datetime | None, before: datetime | None) -> Listing:
    """Customers created after one time and before another, of one status or of any, newest first."""
    first = "cus_" if after is None else _earliest_id((after - _EPOCH) // _MILLISECOND + 1)
    # Times are kept to the millisecond: before 0.5 ms is what happened at 0.
    last = "cus_~" if before is None else _earliest_id(-((_EPOCH - before) // _MILLISECOND))
    if status is None:
        return Listing("listing", _sharded("CUSTOMERS"), first=first, last=last)
    return Listing("status_listing", _sharded(status.upper()), first=first, last=last)


def with_phone(phone: str) -> Listing:
    """Customers with a phone number, newest first."""
    return Listing("phone", (phone,))


def by_name(prefix: str) -> Listing:
    """Customers whose family name begins with `prefix`, in the order of their names."""
    first = folded(prefix)
    return Listing("name_listing", _sharded("NAMES"), "folded_name", first, first + _AFTER_TEXT, descending=False)


def index_keys(customer: Customer) -> dict[str, str]:
    """What puts a customer into the indexes, beside its `id` and `phone`."""
    shard = crc32(customer.id.encode()) % SHARDS
    keys = {"listing": f"CUSTOMERS#{shard}", "status_listing": f"{customer.status.upper()}#{shard}"}
    if customer.family_name is not None:
        keys["name_listing"] = f"NAMES#{shard}"
        keys["folded_name"] = f"{folded(customer.family_name)}{_BEFORE_TEXT}{customer.id}"
    return keys


def folded(text: str) -> str:
    """Text without regard to case, in NFC: what names are sorted by, and names and addresses compared as."""
    # In this order: folding takes some letters apart (U+0390), which only then can be put together again.
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
    # Not at start-up: its tables take time, and few domains need them.
    import idna  # noqa: PLC0415

    return f"{lower}@{idna.encode(domain, uts46=True, transitional=False).decode()}"


def _simply_folded(letter: str) -> str:
    full = letter.casefold()
    return full if len(full) == 1 else letter.lower()


def _sharded(partition: str) -> tuple[str, ...]:
    return tuple(f"{partition}#{shard}" for shard in range(SHARDS))


def _earliest_id(millisecond: int) -> str:
    """What sorts before every id of this millisecond since 1970, and after every earlier one."""
    return f"cus_{str(ULID.from_int(max(0, millisecond) << 80))[:10]}"
