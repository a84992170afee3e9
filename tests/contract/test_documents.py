"""What the documents list is what the code has."""

import importlib
import re

from functions.shared.problems import Problem
from infra.templates import ROOT


def test_every_problem_is_documented_with_its_status_and_title() -> None:
    for module in ROOT.glob("*/*/errors.py"):
        importlib.import_module(".".join(module.relative_to(ROOT).with_suffix("").parts))
    importlib.import_module("functions.shared.problems")
    raised = {
        (kind.code, kind.status, kind.title)
        for kind in Problem.__subclasses__()
        if not kind.__module__.startswith("tests")
    }
    rows = re.findall(
        r"^\| ([a-z_]+) \| (\d{3}) \| (.+) \|$", (ROOT / "docs" / "problems.md").read_text(), re.MULTILINE
    )
    assert {(code, int(status), title) for code, status, title in rows} == raised
