"""Each fault has one line, which names where it is."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
)

from infra import __main__ as infra
from infra.bootstrap import ROOT
from infra.deploy.faults import fault
from operations.vault.__main__ import through
from operations.vault.walk import Progress

ADDRESS = "http://127.0.0.1:9"
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "CreateStack")


@pytest.mark.parametrize(
    ("error", "stage", "line"),
    [
        (NoRegionError(), "dev", "No AWS region is configured. Set AWS_DEFAULT_REGION"),
        (NoCredentialsError(), "dev", "No AWS credentials are configured"),
        (EndpointConnectionError(endpoint_url=ADDRESS), "dev", f"{ADDRESS} cannot be reached"),
        (ReadTimeoutError(endpoint_url=ADDRESS), "dev", f"{ADDRESS} cannot be reached"),
        (EndpointConnectionError(endpoint_url=ADDRESS), "local", f"The local cloud does not respond at {ADDRESS}."),
        (
            ProfileNotFound(profile="other"),
            "dev",
            "AWS could not be called: The config profile (other) could not be found",
        ),
        (DENIED, "dev", "AWS refused the request: An error occurred (AccessDenied)"),
        (DENIED, "local", "The local cloud refused the request: An error occurred (AccessDenied)"),
    ],
)
def test_a_fault_on_this_machine_is_not_called_a_refusal_of_aws(error: Exception, stage: str, line: str) -> None:
    said = fault(error, stage)
    assert said.startswith(line)
    assert len(said.splitlines()) == 1


def test_a_missing_region_is_named_before_aws_is_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(sys, "argv", ["infra", "deploy", "--stage", "dev"])
    assert infra.main() == 1
    assert capsys.readouterr().err.startswith("No AWS region is configured")


def test_a_line_of_progress_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    def job() -> Iterator[Progress]:
        for _ in range(3):
            yield Progress()

    through(job(), "chains complete", "not complete")
    assert capsys.readouterr().err == "  0 seen, 0 chains complete, 0 not complete\n"


def make(*arguments: str) -> str:
    """The words with which make fails."""
    run = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode
    return run.stderr


def test_a_python_that_does_not_start_is_named_with_its_fault(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(
        "#!/bin/sh\necho 'libpython3.12.so.1.0: cannot open shared object file' >&2\nexit 127\n",
        encoding="utf-8",
    )
    python.chmod(0o755)
    assert f"It cannot use {python}: libpython3.12.so.1.0: cannot open shared object file." in make(
        "run", f"PYTHON={python}"
    )


def test_make_service_without_a_name_installs_nothing() -> None:
    said = make("service", "PYTHON=true")
    assert said.startswith("Name the service: make service NAME=…")
