"""The test runs fail where code of ours opens a text file without an encoding."""

import os
import subprocess
import sys
from pathlib import Path

from infra.bootstrap import ROOT

UNNAMED = """
from pathlib import Path

def test_open(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
"""


def test_make_runs_the_tests_with_warnings_of_missing_encodings() -> None:
    printed = subprocess.run(
        ["make", "--print-data-base", "--dry-run", "help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    for target in ("unit", "test", "coverage", "e2e", "conformance"):
        rule = printed.stdout.partition(f"\n{target}:")[2].partition("\n\n")[0]
        assert "PYTHONWARNDEFAULTENCODING = 1" in rule
    # The flag is on in this very process where make started it.
    assert "MAKELEVEL" not in os.environ or sys.flags.warn_default_encoding


def test_a_missing_encoding_in_code_of_ours_fails_its_test(tmp_path: Path) -> None:
    test = tmp_path / "tests" / "test_unnamed.py"
    test.parent.mkdir()
    test.write_text(UNNAMED, encoding="utf-8")
    pytest_here = [sys.executable, "-X", "warn_default_encoding", "-m", "pytest", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*pytest_here, "-c", str(ROOT / "pyproject.toml"), f"--rootdir={tmp_path}", str(test)],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 1
    assert "EncodingWarning" in run.stdout
