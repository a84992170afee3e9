"""The templates are valid SAM, as SAM CLI's own linter sees it."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT

TEMPLATES = [
    ROOT / "template.yaml",
    ROOT / "gateway_config" / "template.yaml",
    *sorted(ROOT.glob("functions/*/template.yaml")),
]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.parent.name)
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
