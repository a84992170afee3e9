"""Pins and hashes the environments (from pyproject.toml) and the artefacts (from their own pins) anew, with uv.

To move an artefact's pin, edit its requirements.txt (a line `name==version` without hashes will do) and run this.
"""

import subprocess

from infra.bootstrap import ENVIRONMENTS, ROOT

UV = ENVIRONMENTS["dev"][0] / "bin" / "uv"
# One list for every Python from 3.11 and every system; no header, as it would name paths of this machine.
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
COMPILE += ["--no-annotate"]


def main() -> None:
    """Compile every list; the development environment holds the versions that the artefacts carry."""
    artefacts = [*sorted(ROOT.glob("functions/*/requirements.txt")), ROOT / "gateway_config/registry/requirements.txt"]
    constraints: list[str] = []
    for pins in artefacts:
        compile_to(str(pins), "--no-deps", str(pins))
        constraints += ["--constraint", str(pins)]
    for group, (_, pins, _) in ENVIRONMENTS.items():
        compile_to(str(pins), "--group", group, *(constraints if group == "dev" else []))


def compile_to(output: str, *arguments: str) -> None:
    """Write one list."""
    subprocess.run([UV, *COMPILE, *arguments, "--output-file", output], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
