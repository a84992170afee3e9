"""Pins and hashes the packages of the environments (from pyproject.toml) and of the artefacts, with uv.

To change a version of an artefact, write `name==version` in its requirements.txt and run this.
"""

import sys

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.commands import exit_code, run

UV = ENVIRONMENTS["dev"][0] / "bin" / "uv"
# One list for every Python from 3.11 and every system. A header would contain paths of this machine.
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
COMPILE += ["--no-annotate"]


def main() -> None:
    """Write every list. The development environment has the versions of the artefacts."""
    artefacts = [*sorted(ROOT.glob("functions/*/requirements.txt")), ROOT / "gateway_config/registry/requirements.txt"]
    constraints: list[str] = []
    for pins in artefacts:
        compile_to(str(pins), "--no-deps", str(pins))
        constraints += ["--constraint", str(pins)]
    for group, (_, pins, _) in ENVIRONMENTS.items():
        compile_to(str(pins), "--group", group, *(constraints if group == "dev" else []))


def compile_to(output: str, *arguments: str) -> None:
    """Write a list."""
    run([UV, *COMPILE, *arguments, "--output-file", output])


if __name__ == "__main__":
    sys.exit(exit_code(main))
