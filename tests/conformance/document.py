"""docs/local-vs-aws.md: the table of rows with what each local place was seen to answer."""

import json
from collections.abc import Mapping
from pathlib import Path

from infra.bootstrap import ROOT
from tests.conformance.answers import UNTRIED
from tests.conformance.rows import ROWS, Row

DOCUMENT = ROOT / "docs" / "local-vs-aws.md"
OBSERVED = Path(__file__).with_name("observed.json")
PLACES = {"ministack": "ministack", "sam-local": "sam local"}
SAME = "same"

# What a place was seen to answer, by the row's name.
Observed = Mapping[str, Mapping[str, str]]

_HEAD = """\
# What local clouds do otherwise than AWS

Written by `python -m pytest tests/conformance --write-differences`; without the option, the same tests fail when this
page is out of date. Each row is a request to this system's gateway and what AWS answers, with the page of AWS's
documentation that says so, or *unverified* where none was found. A local cell is *same*, or what is answered there
instead.

"""


def read() -> dict[str, dict[str, str]]:
    """What was seen, by place."""
    observed: dict[str, dict[str, str]] = json.loads(OBSERVED.read_text(encoding="utf-8"))
    return observed


def write(place: str, seen: Mapping[str, str]) -> None:
    """Record what a place was seen to answer, and write the document anew; what was not tried stays as it was."""
    recorded = read()
    tried = {row: answer for row, answer in seen.items() if not answer.startswith(UNTRIED)}
    recorded[place] = {**seen, **recorded.get(place, {}), **tried}
    names = [row.sent for row in ROWS]
    recorded = {name: {row: kept[row] for row in names if row in kept} for name, kept in recorded.items()}
    OBSERVED.write_text(
        json.dumps(dict(sorted(recorded.items())), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    DOCUMENT.write_text(text(recorded), encoding="utf-8")


def text(observed: Observed) -> str:
    """The document."""
    rows = [_line(["request", "AWS", "source", *PLACES.values()]), "|---" * (3 + len(PLACES)) + "|"]
    rows += [_line([row.sent, _code(row.expected), _source(row), *_cells(row, observed)]) for row in ROWS]
    return _HEAD + _counts(observed) + "\n\n" + "\n".join(rows) + "\n"


def _counts(observed: Observed) -> str:
    lines = []
    for place, name in PLACES.items():
        seen = [_compared(row, observed.get(place, {})) for row in ROWS]
        untried = sum(cell.startswith(UNTRIED) for cell in seen)
        differ = len(seen) - seen.count(SAME) - untried
        lines.append(f"- {name}: {seen.count(SAME)} of {len(ROWS)} the same, {differ} differ, {untried} not tried")
    return "\n".join(lines)


def _cells(row: Row, observed: Observed) -> list[str]:
    compared = [_compared(row, observed.get(place, {})) for place in PLACES]
    return [cell if cell == SAME or cell.startswith(UNTRIED) else _code(cell) for cell in compared]


def _compared(row: Row, seen: Mapping[str, str]) -> str:
    cell = seen.get(row.sent, f"{UNTRIED}not recorded yet")
    return SAME if cell == row.expected else cell


def _source(row: Row) -> str:
    if row.source is None:
        return "*unverified*"
    return f"[{row.source.rpartition('/')[2].removesuffix('.html')}]({row.source})"


def _code(answer: str) -> str:
    return f"`{answer}`"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
