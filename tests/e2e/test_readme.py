"""Output of the README's commands."""

import os
import re
import subprocess

import pytest

from infra.bootstrap import ROOT
from tests.e2e.target import Target

# Values that differ from run to run.
_VARYING = [
    (re.compile(r"(cus|inq)_[0-9A-HJKMNP-TV-Z]{26}"), "id"),
    (re.compile(r"\*\*\*-\*\*-\d{4}"), "masked"),
]


@pytest.mark.needs("own_cloud")
def test_the_readmes_commands_print_what_it_shows(target: Target) -> None:
    shown = "".join(
        re.findall(
            r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
    )
    commands = [line.removeprefix("$ ") for line in shown.splitlines() if line.startswith("$ ")]
    assert len(commands) >= 5
    # Each command's output starts on a new line, as in a terminal.
    script = "\n".join(f"{command}\nprintf '\\n'" for command in commands)
    run = subprocess.run(
        ["bash", "-eu"],
        input=script,
        cwd=ROOT,
        env={**os.environ, "DOSSIER_HOME": str(target.home)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    printed = [line for line in run.stdout.splitlines() if line]
    assert [constant(line) for line in printed] == [
        constant(line) for line in shown.splitlines() if not line.startswith("$ ")
    ]


def constant(line: str) -> str:
    """Return a line without the values that differ from run to run."""
    for pattern, name in _VARYING:
        line = pattern.sub(name, line)
    return line
