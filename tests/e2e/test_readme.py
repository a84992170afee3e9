"""The README's commands do what the README shows."""

import os
import re
import subprocess

import pytest

from infra.bootstrap import ROOT
from tests.e2e.target import Target

# What differs from run to run.
_VARYING = [
    (re.compile(r"http://127\.0\.0\.1:\d+"), "origin"),
    (re.compile(r"(cus|rep|inq)_[0-9A-HJKMNP-TV-Z]{26}"), "id"),
    (re.compile(r'"age_days":\d+'), "age"),
    (re.compile(r"\*\*\*-\*\*-\d{4}"), "masked"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "time"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "request"),
]


@pytest.mark.needs("own_cloud")
def test_the_readme_s_commands_answer_what_it_shows(target: Target) -> None:
    shown = "".join(
        re.findall(
            r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
    )
    commands = [line.removeprefix("$ ") for line in shown.splitlines() if line.startswith("$ ")]
    assert len(commands) >= 5
    # Each command's output on lines of its own, as a terminal shows it.
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
    """A line without what differs from run to run."""
    for pattern, name in _VARYING:
        line = pattern.sub(name, line)
    return line
