"""Hints about saved files that are live only after a deployment: the stack and the command."""

from collections.abc import Iterator
from pathlib import Path

from infra.bootstrap import ROOT
from infra.deploy.stacks import GATEWAY, SOURCES

OF_THE_STACK = {"template.yaml", "requirements.txt", "Makefile"}


def hints(saved: list[Path], packages: set[Path], deployed: set[str]) -> Iterator[tuple[str, str]]:
    """Yield a stack's name and a hint for each stack that needs a command.

    Args:
        saved: paths from the root.
        packages: folders of the services that are watched.
        deployed: names of the examples that are deployed.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(set(saved)):
        if name := waiting(path, packages, deployed):
            found.setdefault(name, []).append(path.name)
    for name, names in found.items():
        package = Path("functions", name)
        command = f"make deploy SERVICE=examples/{name}" if name in deployed else "make run"
        if package in packages and not (ROOT / package / "template.yaml").is_file():
            yield name, f"its template is gone. Run: make delete SERVICE={name}"
        elif name != GATEWAY and package not in packages and name not in deployed:
            yield name, f"is a new service. Run: {command}"
        else:
            yield name, f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} changed. Run: {command}"


def waiting(path: Path, packages: set[Path], deployed: set[str]) -> str | None:
    """Return the stack that must be deployed for a saved file; None if no stack must be."""
    is_source = bool({path.suffix, path.name} & SOURCES)
    match path.parts:
        case ("functions", name, *_) if Path("functions", name) in packages:
            return name if path.name in OF_THE_STACK else None
        case ("functions", name, _, *_) if (ROOT / "functions" / name / "template.yaml").is_file():
            return name
        case ("functions", "shared", *_) | ("gateway_config", *_) if is_source:
            # The registry's artefact contains functions/shared too.
            return GATEWAY
        case ("examples", name, *_) if is_source and name in deployed:
            return name
        case _:
            return None
