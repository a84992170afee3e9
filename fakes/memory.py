"""A table in memory, as far as a service asks one: quick where moto copies everything each time.

Keys are `pk` and `sk`.

It counts what DynamoDB would charge:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]

_TERM = re.compile(r"(?:(attribute_not_exists)\((\w+)\)|(\w+) (<|<=|=) (:\w+))")
_COMPARED = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b}


class Memory:
    """A table behind the port to DynamoDB.

    Attributes:
        items: by partition and sort key.
        reads: read units of consistent reads so far.
        writes: write units so far.
        trips: calls so far.
    """

    def __init__(self) -> None:
        """Begin with an empty table."""
        self.items: dict[str, dict[str, Item]] = defaultdict(dict)
        self.reset()

    def reset(self) -> None:
        """Count from zero again."""
        self.reads = self.writes = self.trips = 0

    def get_item(self, **request: Any) -> Item:
        """One item."""
        self.trips += 1
        found = self._at(request["Key"])
        self.reads += _units(size(found or {}), 4096)
        return {} if found is None else {"Item": found}

    def query(self, **request: Any) -> Item:
        """The items of a partition whose sort key lies in a range."""
        self.trips += 1
        assert request["KeyConditionExpression"] == "pk = :pk AND sk BETWEEN :lower AND :upper"
        pk, lower, upper = (request["ExpressionAttributeValues"][name]["S"] for name in (":pk", ":lower", ":upper"))
        found = sorted(sort for sort in self.items[pk] if lower <= sort <= upper)
        if not request.get("ScanIndexForward", True):
            found.reverse()
        items = [self.items[pk][sort] for sort in found[: request.get("Limit")]]
        self.reads += _units(sum(map(size, items)), 4096)
        return {"Items": items}

    def transact_write_items(self, **request: Any) -> Item:
        """All writes, or none where a condition does not hold."""
        self.trips += 1
        writes = [(kind, each) for write in request["TransactItems"] for kind, each in write.items()]
        reasons = [self._reason(self._at(each.get("Key") or each["Item"]), each) for _, each in writes]
        for kind, each in writes:
            before = size(self._at(each.get("Key") or each["Item"]) or {})
            self.writes += 2 * _units(max(before, size(each["Item"]) if kind == "Put" else 0), 1024)
        if any(reasons):
            error = {"Code": "TransactionCanceledException", "Message": ""}
            response: Any = {"Error": error, "CancellationReasons": [reason or {"Code": "None"} for reason in reasons]}
            raise ClientError(response, "TransactWriteItems")
        for kind, each in writes:
            if kind == "Put":
                self.items[each["Item"]["pk"]["S"]][each["Item"]["sk"]["S"]] = each["Item"]
        return {}

    def answer(self, model: Any, params: Mapping[str, Any], **_: Any) -> tuple[SimpleNamespace, Item]:
        """The answer to a call of botocore's, as a handler of its event before-call."""
        operation = re.sub(r"(?<!^)(?=[A-Z])", "_", model.name).lower()
        try:
            return SimpleNamespace(status_code=200), getattr(self, operation)(**json.loads(params["body"]))
        except ClientError as error:
            return SimpleNamespace(status_code=400), dict(error.response)

    def _at(self, key: Item) -> Item | None:
        return self.items[key["pk"]["S"]].get(key["sk"]["S"])

    def _reason(self, found: Item | None, request: Item) -> Item | None:
        if any(_holds(term, found or {}, request) for term in request.get("ConditionExpression", "").split(" OR ")):
            return None
        return {"Code": "ConditionalCheckFailed", **({"Item": found} if found else {})}


def size(item: Item) -> int:
    """The bytes of an item, as DynamoDB counts them."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Item) -> int:
    [(kind, held)] = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(held) // 2 + 1
        case "M":
            return 3 + len(held) + size(held)
        case "L":
            return 3 + len(held) + sum(map(_bytes, held))
    return 1


def _units(number: int, unit: int) -> int:
    return max(1, -(-number // unit))


def _holds(term: str, found: Item, request: Item) -> bool:
    if not term:
        return True
    matched = _TERM.fullmatch(term)
    assert matched is not None, term
    absent, name, compared, sign, value = matched.groups()
    if absent:
        return name not in found
    values = request["ExpressionAttributeValues"][value]
    [kind] = values
    if compared not in found:
        return False
    held, other = found[compared][kind], values[kind]
    return bool(_COMPARED[sign](*((int(held), int(other)) if kind == "N" else (held, other))))
