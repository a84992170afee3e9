"""SAM CLI: builds the functions for Lambda's image, and serves them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.commands import CommandFailed, ProgramFailed, run
from infra.deploy.settings import ARCHITECTURE
from infra.generate.compose import TEMPLATE
from infra.local.sam.engine import remove_containers

BUILD = ROOT / ".dossier" / "build" / "sam-local"
SAM = ENVIRONMENTS["sam"][0] / "bin" / "sam"
STOP_SECONDS = 30


class SamLocalFailed(CommandFailed):
    """SAM CLI fails, or the system does not respond."""


def build(runtime: str) -> str:
    """Build the functions for Lambda's image.

    Raises:
        SamLocalFailed: SAM CLI fails; the message contains its output.
    """
    command: list[str | Path] = [SAM, "build", "--template", TEMPLATE, "--build-dir", BUILD, "--build-in-source"]
    variables = {"DOSSIER_TARGET": ARCHITECTURE, "DOSSIER_RUNTIME": runtime}
    try:
        run([*command, *parameters(runtime)], DOSSIER_PYTHON=sys.executable, **variables)
    except ProgramFailed as failure:
        raise SamLocalFailed(f"{failure}\n\nsam build failed. See its output above.") from None
    return "built"


@contextmanager
def start_api(port: int, runtime: str, variables: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `sam local start-api`. At the end, stop it and remove the containers of its functions."""
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
        # An interrupt of the terminal does not reach SAM CLI: this process stops it.
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
    """Return the arguments with the template's parameters."""
    return ["--parameter-overrides", f"PythonRuntime=python{runtime}", f"Architecture={ARCHITECTURE}"]
