"""What the tables say of figures that were measured elsewhere."""

from pathlib import Path
from typing import Any

from benchmarks.measure import Subject, middle_ratio
from benchmarks.services import Operation, customer
from benchmarks.table import Measured, figures, round_trips

REFERENCE = Subject("V0", customer(), "customer", Path("v0"), "reference.handler", ("get",))
SERVICE = Subject.of("customer", customer(), Path("customer"))


def cold(ms: float) -> dict[str, Any]:
    return {"cold_ms": ms, "cold_cpu_ms": ms, "rss_mb": 46.2, "modules": ["json", "botocore.config", "reference"]}


def warm(get: float, refused: float = 0) -> dict[str, Any]:
    return {"cpu_us": {"get": get, "refused": refused}}


def cells(cold_ms: float, get: float, refused: float, zip_mb: float) -> list[str]:
    reference = Measured(REFERENCE, [cold(100)], [warm(1000)], 0.007)
    service = Measured(SERVICE, [cold(cold_ms)], [warm(get, refused)], zip_mb, reference)
    return figures([reference, service]).splitlines()[3].strip("| ").split(" | ")


def test_figures_within_their_budgets_are_met() -> None:
    row = ["customer", "125", "1.25 met", "1.25", "1300", "1.30 met", "1.30", "0.10 met", "46", "2", "4.00 (≤ 4) met"]
    assert cells(125, 1300, 130, 4) == row


def test_figures_over_their_budgets_are_missed() -> None:
    row = cells(126, 1310, 144.1, 4.01)
    assert [cell for cell in row if "missed" in cell] == [
        "1.26 **missed**",
        "1.31 **missed**",
        "0.11 **missed**",
        "4.01 (≤ 4) **missed**",
    ]


def test_a_ratio_is_the_median_of_the_ratios_within_a_round() -> None:
    ours, theirs = [cold(100), cold(300), cold(90)], [cold(100), cold(150), cold(30)]
    assert middle_ratio(ours, theirs, "cold_ms") == 2


def test_calls_are_counted_by_service_of_aws_and_held_to_the_budget() -> None:
    calls = {"DynamoDB_20120810.Query": 2, "TrentService.Decrypt": 1}
    operations = {"customer: list": Operation("GET /v1/customers", 200, dynamodb=1, kms=1)}
    table = round_trips({"customer": {"list": calls}}, operations)
    assert table.splitlines()[2] == "| customer: list | 2 (≤ 1) **missed** | 1 (≤ 1) met | 2 Query, Decrypt |"
