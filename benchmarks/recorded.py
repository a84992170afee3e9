"""The modules that a cold start loads, recorded in recorded.json, so that none comes along unnoticed.

Counted by package for one Python version: which modules come is free of noise. The services' own are left out.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.artefacts import PYTHON

RECORD = Path(__file__).with_name("recorded.json")

Counts = dict[str, int]


def by_package(modules: Iterable[str]) -> Counts:
    """How many modules of each package; the standard library's are one count."""
    packages = (_package(module) for module in modules)
    return dict(sorted(Counter(package for package in packages if package not in {"functions", "reference"}).items()))


def more_than_recorded(found: Mapping[str, int], record: Mapping[str, int]) -> Counts:
    """By how many modules each package has grown; empty if none has."""
    return {name: count - record.get(name, 0) for name, count in found.items() if count > record.get(name, 0)}


def recorded() -> dict[str, Counts]:
    """The record for this Python, by service; empty where there is none."""
    every: dict[str, dict[str, Counts]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return every.get(PYTHON, {})


def record(found: Mapping[str, Counts]) -> None:
    """Make this the record for this Python."""
    every = {**json.loads(RECORD.read_text(encoding="utf-8")), PYTHON: {**recorded(), **found}}
    RECORD.write_text(json.dumps(every, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _package(module: str) -> str:
    name = module.partition(".")[0]
    # The build's configuration, and the alias that multiprocessing makes, are in no list.
    standard = name in sys.stdlib_module_names or name.startswith(("_sysconfigdata_", "__"))
    return "stdlib" if standard else name
