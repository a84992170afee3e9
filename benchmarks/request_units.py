"""What each operation of the Customer Service costs in DynamoDB's request units, and how that grows with the table.

    python -m benchmarks.request_units [--quick]

Real requests of the service's store, against a table in memory that counts by DynamoDB's documented rules; moto's
ConsumedCapacity is a constant, and ministack's knows no sizes of pages.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html: a read unit is 4 KB of a
page, half of one where the read is eventually consistent; a write unit is 1 KB of the larger of an item before and
after, two in a transaction.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html: a write to an index of what it projects, two
where its key changes, none where nothing of it does.
"""

import argparse
import sys
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from chalice.app import Response

from fakes.memory import size
from functions.customer import listings
from functions.customer.events import CustomerErased
from functions.customer.models import Customer, CustomerDetails, CustomerStatus, CustomerStatusReason, NewAddress
from functions.customer.store import CustomerStore
from functions.shared.aws.client import DynamoDB
from functions.shared.aws.idempotency import Once
from functions.shared.requests.caller import Caller
from infra.templates import ROOT, load, resources

SIZES = (100, 10_000, 100_000)
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CALLER = Caller(client_id="a" * 26, actor="clerk-7")
NAMES = ("Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Lopez", "Wilson")
PAGE = 20

Item = dict[str, Any]


class Metered:
    """A table with its indexes behind the port to DynamoDB; every condition holds.

    Attributes:
        reads: read units so far.
        writes: write units so far.
    """

    def __init__(self, *, keys_only: bool) -> None:
        """Begin with an empty table; with `keys_only`, charge as if its indexes held keys alone."""
        (table,) = resources(load(ROOT / "functions" / "customer" / "template.yaml"), "AWS::DynamoDB::Table").values()
        self._indexes: dict[str, list[str]] = {
            index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
            for index in table["GlobalSecondaryIndexes"]
        }
        self._keys_only = keys_only
        self._items: dict[tuple[str, str], Item] = {}
        self._ranges: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
        self.reads = self.writes = 0.0

    def get_item(self, **request: Any) -> Item:
        """One item."""
        found = self._items.get(_key(request["Key"]))
        self.reads += _read(size(found or {}), consistent=request.get("ConsistentRead", False))
        return {"Item": found} if found else {}

    def query(self, **request: Any) -> Item:
        """Items of a partition of an index, or of the table."""
        values = {name: value["S"] for name, value in request["ExpressionAttributeValues"].items()}
        index = request.get("IndexName", "")
        ordered = self._ranges[index, values[":partition" if index else ":pk"]]
        first = bisect_left(ordered, (values[":first"], "", ""))
        last = bisect_right(ordered, (values[":last"], "\U0010ffff", ""))
        limit = request["Limit"]
        forward = request.get("ScanIndexForward", True)
        found = ordered[first:last][:limit] if forward else ordered[first:last][::-1][:limit]
        items = [self._items[pk, sk] for _, pk, sk in found]
        views = [self._view(item, index) for item in items]
        self.reads += _read(sum(map(size, views)), consistent=request.get("ConsistentRead", False))
        more = len(found) == limit and last - first > limit
        return {"Items": items, **({"LastEvaluatedKey": items[-1]} if more else {})}

    def transact_write_items(self, **request: Any) -> Item:
        """Every write."""
        for write in request["TransactItems"]:
            [(kind, each)] = write.items()
            key = _key(each.get("Key") or each["Item"])
            before, after = self._items.get(key, {}), each["Item"] if kind == "Put" else {}
            self.writes += 2 * _write(max(size(before), size(after)))
            for index in self._indexes:
                self.writes += self._to_index(index, before, after)
            self._move(key, before, after)
        return {}

    def _to_index(self, index: str, before: Item, after: Item) -> int:
        old, new = (self._view(item, index) if self._place(item, index) else {} for item in (before, after))
        if old == new:
            return 0
        if old and new and self._place(before, index) == self._place(after, index):
            return _write(max(size(old), size(new)))
        return sum(_write(size(view)) for view in (old, new) if view)

    def _view(self, item: Item, index: str) -> Item:
        if not index or not self._keys_only:
            return item
        return {name: item[name] for name in ("pk", "sk", *self._indexes[index])}

    def _place(self, item: Item, index: str) -> tuple[str, ...] | None:
        names = self._indexes[index]
        return tuple(item[name]["S"] for name in names) if all(name in item for name in names) else None

    def _move(self, key: tuple[str, str], before: Item, after: Item) -> None:
        places = [("", *key)] if before else []
        wanted = [("", *key)] if after else []
        for index in self._indexes:
            for item, found in ((before, places), (after, wanted)):
                if place := self._place(item, index):
                    found.append((index, *place))  # type: ignore[arg-type]  # partition and sort key
        for index, partition, sort in set(places) - set(wanted):
            self._ranges[index, partition].remove((sort, *key))
        for index, partition, sort in set(wanted) - set(places):
            insort(self._ranges[index, partition], (sort, *key))
        self._items.pop(key, None)
        if after:
            self._items[key] = after


class Population:
    """A table with customers, and the units of each operation on it."""

    def __init__(self, customers: int, *, keys_only: bool = False) -> None:
        """Create that many customers, a second apart."""
        self._keys_only = keys_only
        self._table = Metered(keys_only=keys_only)
        self._store = CustomerStore(cast("DynamoDB", self._table), "customers")
        self._number = 0
        for _ in range(customers):
            self._create()
        self._customers = customers

    def units(self) -> dict[str, str]:
        """Read and write units by operation."""
        store, ada = self._store, self._create()
        called = ada.changed(_details(self._number - 1).model_copy(update={"given_name": "Augusta"}), NOW)
        augusta = called.changed(_details(self._customers // 2).model_copy(update={"email": ada.email}), NOW)
        moved = augusta.moved(CustomerStatus.SUSPENDED, NOW)
        other = self._create()
        renamed = other.changed(_details(self._number).model_copy(update={"family_name": other.family_name}), NOW)
        everybody = listings.newest_first(None, None, None)
        middle = START + timedelta(seconds=self._customers // 2)
        operations: dict[str, Callable[[], object]] = {
            "create": self._create,
            "create with Idempotency-Key": lambda: self._create(_ONCE),
            "read": lambda: store.read(ada.id),
            "patch, given_name": lambda: store.replace(store.read(ada.id), called, CALLER),
            "patch, phone and family_name": lambda: store.replace(store.read(ada.id), augusta, CALLER),
            "patch, email and phone": lambda: store.replace(store.read(other.id), renamed, CALLER),
            "status": lambda: store.replace(store.read(ada.id), moved, CALLER, CustomerStatusReason.OTHER),
            "events, 4 of 4": lambda: (store.read(ada.id), store.history(ada.id, PAGE, None)),
            "erase": lambda: store.erase(store.read(ada.id), CustomerErased.of(ada.id, CALLER, NOW)),
            f"list {PAGE}": lambda: store.page(everybody, PAGE, None),
            "list 100": lambda: store.page(everybody, 100, None),
            f"list {PAGE}, status": lambda: store.page(
                listings.newest_first(CustomerStatus.ACTIVE, None, None), PAGE, None
            ),
            f"list {PAGE}, created_before": lambda: store.page(listings.newest_first(None, None, middle), PAGE, None),
            f"list {PAGE}, family_name": lambda: store.page(listings.by_name("s"), PAGE, None),
            "find by phone": lambda: store.page(listings.with_phone(_phone(7)), PAGE, None),
            "find by email": lambda: store.with_email("customer.7@example.com"),
        }
        return {name: self._spent(operation) for name, operation in operations.items()}

    def _spent(self, operation: Callable[[], object]) -> str:
        self._table.reads = self._table.writes = 0.0
        match operation():
            case [list(customers), _] if self._keys_only:
                # Each would then be got by its key, of less than 4 KB.
                self._table.reads += 0.5 * len(customers)
        return f"{self._table.reads:g} + {self._table.writes:g}"

    def _create(self, use: Once | None = None) -> Customer:
        customer = Customer.create(_details(self._number), START + timedelta(seconds=self._number))
        self._store.create(customer, CALLER, use)
        self._number += 1
        return customer


_ONCE = Once("m" * 64, "m" * 64, Response(body="b" * 600, headers={"Location": "customers/x"}, status_code=201), NOW)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.request_units")
    parser.add_argument("--quick", action="store_true", help="without the largest table")
    sizes = SIZES[:2] if parser.parse_args().quick else SIZES
    columns = {f"{number:,} customers": Population(number).units() for number in sizes}
    columns[f"{SIZES[1]:,}, indexes of keys only"] = Population(SIZES[1], keys_only=True).units()
    for line in _table(columns):
        sys.stdout.write(f"{line}\n")


def _table(columns: dict[str, dict[str, str]]) -> Iterator[str]:
    yield f"| read + write units | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in next(iter(columns.values())):
        yield f"| {name} | {' | '.join(column[name] for column in columns.values())} |"


def _details(number: int) -> CustomerDetails:
    """A customer of some 600 bytes; not validated, as that is not what is measured."""
    return CustomerDetails.model_construct(
        given_name="Ada",
        family_name=f"{NAMES[number % len(NAMES)]}{number // 1000}",
        email=f"customer.{number}@example.com",
        phone=_phone(number),
        address=NewAddress.model_construct(line1="1 Analytical Way", city="San Francisco", region="CA", country="US"),
        language="en-US",
        metadata={"source": "branch", "tier": "gold"},
    )


def _phone(number: int) -> str:
    return f"+1415{number:07}"


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _read(number: int, *, consistent: bool) -> float:
    return max(1, -(-number // 4096)) * (1 if consistent else 0.5)


def _write(number: int) -> int:
    return max(1, -(-number // 1024))


if __name__ == "__main__":
    main()
