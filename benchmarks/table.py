"""Turns findings into tables: every figure that has a budget with the budget beside it, and whether it is met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measure import Finding, Subject, middle, middle_ratio
from benchmarks.recorded import by_package
from benchmarks.services import Operation

COLD_BUDGET = 1.25
GET_BUDGET = 1.30
REFUSED_BUDGET = 0.10

_COLUMNS = (
    "",
    "cold start, ms",
    f"to V0 (≤ {COLD_BUDGET:.2f})",
    "in processor time",
    "GET, µs of processor",
    f"to V0 (≤ {GET_BUDGET:.2f})",
    "to V0 of one call",
    f"refused, to its GET (≤ {REFUSED_BUDGET:.2f})",
    "peak RSS, MB",
    "modules",
    "zip, MB",
)


@dataclass(frozen=True)
class Measured:
    """A subject with its findings, a cold and a warm one a round; for a service, `reference` makes the same calls."""

    subject: Subject
    cold: Sequence[Finding]
    warm: Sequence[Finding]
    zip_mb: float
    reference: "Measured | None" = None


def figures(measured: Sequence[Measured]) -> str:
    """The table of figures; the first row is V0 of one call."""
    return _table(_COLUMNS, [_row(one, measured[0]) for one in measured])


def round_trips(found: Mapping[str, Mapping[str, Mapping[str, int]]], operations: Mapping[str, Operation]) -> str:
    """The table of AWS calls.

    Args:
        found: by service and operation, how often each X-Amz-Target was called.
        operations: with their budgets, by `<service>: <operation>`.
    """
    rows = [
        _calls_row(f"{service}: {name}", calls, operations[f"{service}: {name}"])
        for service, by_operation in found.items()
        for name, calls in by_operation.items()
    ]
    return _table(("operation", "DynamoDB", "KMS", "calls"), rows)


def trips(calls: Mapping[str, int]) -> tuple[int, int]:
    """How many of the calls went to DynamoDB, and how many to KMS."""
    kms = sum(count for target, count in calls.items() if target.startswith("TrentService."))
    return sum(calls.values()) - kms, kms


def _row(one: Measured, plain: Measured) -> list[str]:
    compared, zipped = [""] * 5, f"{one.zip_mb:.2f}"
    if one.reference is not None:
        compared = _compared(one, one.reference, plain)
        zipped += f" (≤ {one.subject.service.zip_mb}) {_mark(one.zip_mb <= one.subject.service.zip_mb)}"
    return [
        one.subject.name,
        f"{middle(one.cold, 'cold_ms'):.0f}",
        *compared[:2],
        f"{middle(one.warm, 'cpu_us', 'get'):.0f}",
        *compared[2:],
        f"{middle(one.cold, 'rss_mb'):.0f}",
        str(sum(by_package(one.cold[0]["modules"]).values())),
        zipped,
    ]


def _compared(one: Measured, reference: Measured, plain: Measured) -> list[str]:
    refused = median(found["cpu_us"]["refused"] / found["cpu_us"]["get"] for found in one.warm)
    return [
        _judged(middle_ratio(one.cold, reference.cold, "cold_ms"), COLD_BUDGET),
        f"{middle_ratio(one.cold, reference.cold, 'cold_cpu_ms'):.2f}",
        _judged(middle_ratio(one.warm, reference.warm, "cpu_us", "get"), GET_BUDGET),
        f"{middle_ratio(one.warm, plain.warm, 'cpu_us', 'get'):.2f}",
        _judged(refused, REFUSED_BUDGET),
    ]


def _calls_row(name: str, calls: Mapping[str, int], budget: Operation) -> list[str]:
    dynamodb, kms = trips(calls)
    return [
        name,
        f"{dynamodb} (≤ {budget.dynamodb}) {_mark(dynamodb <= budget.dynamodb)}",
        f"{kms} (≤ {budget.kms}) {_mark(kms <= budget.kms)}",
        ", ".join(_call(target, count) for target, count in calls.items()),
    ]


def _judged(ratio: float, budget: float) -> str:
    return f"{ratio:.2f} {_mark(ratio <= budget)}"


def _mark(met: bool) -> str:  # noqa: FBT001 - a word for a truth value
    return "met" if met else "**missed**"


def _call(target: str, count: int) -> str:
    name = target.partition(".")[2]
    return name if count == 1 else f"{count} {name}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [columns, ["---"] * len(columns), *rows])
