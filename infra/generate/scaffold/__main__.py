"""Creates a Python service with its stack, tests and documents. The next `make run` deploys it.

    python -m infra.generate.scaffold --name NAME [--plural PLURAL]

The files in files/ contain %{names}. Their results are formatted. Documents that list every service (template.yaml,
docs/problems.md, the OpenAPI documents) are updated.
"""

import argparse
import ast
import builtins
import keyword
import re
import sys
from pathlib import Path
from string import Template

from infra.bootstrap import ROOT
from infra.commands import CommandFailed, exit_code, run
from infra.templates import load, resources

FILES = Path(__file__).parent / "files"
PROBLEMS = ROOT / "docs" / "problems.md"
# A service without other libraries: a new service gets its pins and its Makefile.
MODEL = ROOT / "functions" / "profile"
USAGE = "Name the service in the singular: make service NAME=loan (add PLURAL=… if the plural is not NAME and an s)."
# Also a part of a stack's name, of paths and scopes, and the name of a Python package.
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
TAKEN = {"gateway", "registry", "shared"}


class BadName(CommandFailed):
    """A name that a service cannot have."""


class Text(Template):
    """A text with %{names}, because templates contain dollar signs."""

    delimiter = "%"


def main() -> None:
    """Create the service.

    Raises:
        BadName: a service cannot have the name.
    """
    parser = argparse.ArgumentParser(prog="infra.generate.scaffold", description=__doc__)
    parser.add_argument("--name", default="")
    parser.add_argument("--plural", default="")
    arguments = parser.parse_args()
    name, plural = arguments.name, arguments.plural or f"{arguments.name}s"
    check(name, plural)
    made = make(name, plural)
    list_problem(name)
    tidy(made)
    report(name, plural, made)


def check(name: str, plural: str) -> None:
    """Refuse a name that a service cannot have.

    Raises:
        BadName: the message contains the reason.
    """
    if not name:
        raise BadName(USAGE)
    for word in (name, plural):
        if not NAME.fullmatch(word) or keyword.iskeyword(word):
            raise BadName(
                f"{word!r} cannot be a name: use 2 to 20 lower-case letters and digits, and no Python keyword. {USAGE}"
            )
    if {name, name.capitalize()} & (set(dir(builtins)) | names_in_use()):
        raise BadName(f"{name!r} is already a name in the generated code. Choose a more specific word.")
    if name == plural:
        raise BadName(f"{name!r} cannot be the singular and the plural. {USAGE}")
    if {name, plural} & TAKEN or plural in identifiers() or name in examples():
        raise BadName(f"{name} or {plural} already belongs to another service. Choose another name.")
    for place in places(name).values():
        if place.exists():
            raise BadName(f"{place.relative_to(ROOT)} already exists. Remove it, or choose another name.")
    if re.search(rf"^\| {name}_not_found \|", PROBLEMS.read_text(encoding="utf-8"), re.MULTILINE):
        raise BadName(f"The code {name}_not_found is already in {PROBLEMS.relative_to(ROOT)}. Choose another name.")


def names_in_use() -> set[str]:
    """Return the names in the code of every new service."""
    sources = (FILES / "functions").glob("*.py.txt")
    nodes = [node for source in sources for node in ast.walk(ast.parse(text(source, "x9", "x9s")))]
    return (
        {node.id for node in nodes if isinstance(node, ast.Name)}
        | {node.arg for node in nodes if isinstance(node, ast.arg)}
        | {node.name for node in nodes if isinstance(node, ast.alias)}
    )


def text(source: Path, name: str, plural: str) -> str:
    """Return the text of a file of files/ for a service."""
    words = {"service": name, "Service": name.capitalize(), "SERVICE": name.upper(), "collection": plural}
    return Text(source.read_text(encoding="utf-8")).substitute(words)


def identifiers() -> set[str]:
    """Return the resource servers of services and examples, with which their scopes and paths begin."""
    templates = map(load, [*ROOT.glob("functions/*/template.yaml"), *ROOT.glob("examples/*/template.yaml")])
    servers = [resources(template, "AWS::Cognito::UserPoolResourceServer") for template in templates]
    return {str(server["Identifier"]) for found in servers for server in found.values()}


def examples() -> set[str]:
    """Return the names of the examples, which are services when they are deployed."""
    return {template.parent.name for template in ROOT.glob("examples/*/template.yaml")}


def places(name: str) -> dict[str, Path]:
    """Return the folder for the files of each folder of files/."""
    return {
        "functions": ROOT / "functions" / name,
        "tests/unit": ROOT / "tests" / "unit" / name,
        "tests/integration": ROOT / "tests" / "integration" / name,
    }


def make(name: str, plural: str) -> list[Path]:
    """Write the service's own files and return their folders."""
    for folder, place in places(name).items():
        place.mkdir(parents=True)
        for source in sorted((FILES / folder).glob("*.txt")):
            (place / source.name.removesuffix(".txt")).write_text(text(source, name, plural), encoding="utf-8")
    for shared in ("Makefile", "requirements.txt"):
        (places(name)["functions"] / shared).write_text((MODEL / shared).read_text(encoding="utf-8"), encoding="utf-8")
    return list(places(name).values())


def list_problem(name: str) -> None:
    """Add the service's problem to docs/problems.md, after the last problem of its status."""
    lines = PROBLEMS.read_text(encoding="utf-8").splitlines()
    last = max(number for number, line in enumerate(lines) if re.match(r"\| [a-z0-9_]+ \| 404 \|", line))
    lines.insert(last + 1, f"| {name}_not_found | 404 | There is no such {name} |")
    PROBLEMS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tidy(made: list[Path]) -> None:
    """Format the new files, whose lines depend on the names, and write the documents of all services."""
    for arguments in (["ruff", "check", "--quiet", "--fix", "--select", "I"], ["ruff", "format", "--quiet"]):
        run([sys.executable, "-m", *arguments, *made])
    for program in ("infra.generate.openapi.document", "infra.generate.compose", "infra.generate.openapi.baseline"):
        run([sys.executable, "-m", program])


def report(name: str, plural: str, made: list[Path]) -> None:
    """Print the new folders and the next steps."""
    print("Created:", *(f"{place.relative_to(ROOT)}/" for place in made))
    print(f"""
make run                           # deploys it: POST /v1/{plural}, GET /v1/{plural}/{{{name}_id}}
make test                          # runs its tests and the contract tests of all services

Next, change models.py, store.py, the README, and the owner in template.yaml. To remove the service:
1. make delete SERVICE={name}, if it was deployed
2. Remove these folders, and its row in docs/problems.md.
3. make compose baseline""")


if __name__ == "__main__":
    sys.exit(exit_code(main))
