"""The templates are valid SAM, as SAM CLI's own linter sees it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.templates import load

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


@pytest.mark.parametrize("template", [*TEMPLATES, *EXAMPLES], ids=lambda path: path.parent.name)
def test_a_template_passes_sam_validate_with_lint(template: Path, tmp_path: Path) -> None:
    sam = ENVIRONMENTS["sam"][0] / "bin" / "sam"
    run = subprocess.run(
        [sam, "validate", "--lint", "--template", template],
        env={**os.environ, "SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
