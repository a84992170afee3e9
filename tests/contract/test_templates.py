"""The templates are valid SAM, as SAM CLI's own linter sees it."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.templates import load

VALIDATE = ROOT / "tests" / "support" / "validate_templates.py"

TEMPLATES = [
    ROOT / "template.yaml",
    ROOT / "gateway_config" / "template.yaml",
    *sorted(ROOT.glob("functions/*/template.yaml")),
]

EXAMPLES = sorted(ROOT.glob("examples/*/template.yaml"))


def nulls(value: Any, place: str) -> Iterator[str]:
    """The places of null members."""
    if value is None:
        yield place
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from nulls(member, f"{place}/{name}")


@pytest.mark.parametrize("template", [*TEMPLATES, *EXAMPLES], ids=lambda path: path.parent.name)
def test_a_template_has_no_null_which_cloudformation_refuses(template: Path) -> None:
    # An unquoted comma in {ScopeDescription: Store, replace} makes one.
    assert list(nulls(load(template), "")) == []


def faults(templates: list[Path], place: Path) -> dict[str, str]:
    """Return what SAM CLI reports of each invalid template, by path."""
    run = subprocess.run(
        [ENVIRONMENTS["sam"][0] / "bin" / "python", VALIDATE, *templates],
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(place)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    found: dict[str, str] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invalid template."""
    template = tmp_path_factory.mktemp("broken") / "template.yaml"
    template.write_text(
        "Resources: {Table: {Type: 'AWS::DynamoDB::Table', Properties: {Colour: red}}}", encoding="utf-8"
    )
    return template


@pytest.fixture(scope="module")
def invalid(broken: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """SAM CLI's faults of all templates, from one process: to start takes longer than to validate."""
    return faults([*TEMPLATES, *EXAMPLES, broken], tmp_path_factory.mktemp("sam"))


@pytest.mark.parametrize("template", [*TEMPLATES, *EXAMPLES], ids=lambda path: path.parent.name)
def test_a_template_passes_sam_validate_with_lint(template: Path, invalid: dict[str, str]) -> None:
    assert invalid.get(str(template)) is None


def test_an_invalid_template_is_found(broken: Path, invalid: dict[str, str]) -> None:
    assert "Colour" in invalid[str(broken)]
