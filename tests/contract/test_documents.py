"""What the documents list is what the code has."""

import importlib
import re

from functions.shared.plain.problems import Problem
from infra.templates import ROOT


def test_every_problem_is_documented_with_its_status_and_title() -> None:
    for module in ROOT.glob("*/*/errors.py"):
        importlib.import_module(".".join(module.relative_to(ROOT).with_suffix("").parts))
    importlib.import_module("functions.shared.plain.problems")
    raised = {
        (kind.code, kind.status, kind.title)
        for kind in Problem.__subclasses__()
        if not kind.__module__.startswith("tests")
    }
    assert {(code, int(status), title) for code, status, title in rows()} == raised


def test_a_code_has_one_meaning() -> None:
    codes = [code for code, _, _ in rows()]
    assert len(set(codes)) == len(codes)


def rows() -> list[tuple[str, str, str]]:
    """Code, status and title of each problem in docs/problems.md."""
    text = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    return re.findall(r"^\| ([a-z0-9_]+) \| (\d{3}) \| (.+) \|$", text, re.MULTILINE)
