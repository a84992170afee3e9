"""Runs SAM CLI: builds the functions for Lambda's image, and serves them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.deploy.stacks import architecture
from infra.generate.compose import TEMPLATE
from infra.local.sam.engine import remove_containers

BUILD = ROOT / ".dossier" / "build" / "sam-local"
SAM = ENVIRONMENTS["sam"][0] / "bin" / "sam"
STOP_SECONDS = 30


class SamLocalFailed(Exception):
    """Something a person has to know; the message says what."""


def build(runtime: str) -> str:
    """Build the functions for Lambda's image.

    Raises:
        SamLocalFailed: SAM CLI refuses; the message holds what it said.
    """
    command = [str(SAM), "build", "--template", str(TEMPLATE), "--build-dir", str(BUILD), "--build-in-source"]
    run = subprocess.run(
        [*command, *parameters(runtime)],
        cwd=ROOT,
        env={
            **os.environ,
            "DOSSIER_PYTHON": sys.executable,
            "DOSSIER_TARGET": architecture(),
            "DOSSIER_RUNTIME": runtime,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if run.returncode != 0:
        raise SamLocalFailed(f"{run.stdout}\n\nsam build failed. See its output above.")
    return "built"


@contextmanager
def start_api(port: int, runtime: str, variables: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `sam local start-api`; at the end, neither it nor a container of its functions is left."""
    remove_containers(BUILD)
    process = subprocess.Popen(
        [
            *(str(SAM), "local", "start-api", "--template", str(BUILD / "template.yaml")),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--env-vars", str(variables), "--warm-containers", "EAGER"),
            # It runs no JWT authorizer, and fails on a route whose authorizer depends on a condition.
            "--disable-authorizer",
            *parameters(runtime),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        # An interrupt of the terminal reaches this process alone, which ends SAM CLI in its own time.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        remove_containers(BUILD)


def parameters(runtime: str) -> list[str]:
    """The template's parameters, as SAM CLI takes them."""
    return ["--parameter-overrides", f"PythonRuntime=python{runtime}", f"Architecture={architecture()}"]
