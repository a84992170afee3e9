"""Puts a saved change of a service live, without touching the others and without losing a request.

Not through CloudFormation, which takes seconds: the saved files replace those in the built artefact, the result becomes
a new version of the function, is asked for its health once, and the alias moves. A version that fails keeps the old one
live.
"""

import ast
import io
import json
import re
import sys
import time
import zipfile
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import watchfiles
from botocore.exceptions import BotoCoreError, ClientError

from infra.bootstrap import ROOT
from infra.deploy.packaging import CARRIED, carried
from infra.deploy.stacks import GATEWAY, INPUTS, SOURCES, WATCHED, Stack, built, noted, set_parameter
from infra.deploy.starting import health_event
from infra.local import system
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.templates import TemplateBroken, load, routes

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS = "live"
# What a function answers that works: also one that has no route for its health.
WELL = {200, 404}
CARRIED_PARTS = [pattern.removeprefix("**/") for pattern in CARRIED]


# They are live only after a deployment.
OF_THE_STACK = {"template.yaml", "requirements.txt", "Makefile"}
SHARED = Path("functions/shared")


@dataclass
class WatchedService:
    """A deployed service whose files are watched.

    Attributes:
        stack: its stack.
        functions: the names of its functions, which share one artefact.
        artefacts: the folder in which the stack was built.
        closure: a zip of the artefact without the project's own code.
    """

    stack: Stack
    functions: list[str]
    artefacts: Path
    closure: bytes

    @property
    def package(self) -> Path:
        """The service's folder, from the root."""
        return self.stack.template.parent.relative_to(ROOT)


def watch(cloud: LocalCloud) -> None:
    """Watch the services' folders until interrupted."""
    system.use(cloud)
    client = boto3.client("lambda")
    services: dict[Path, WatchedService] = {}
    for number, changes in enumerate(changed_files()):
        if number == 0:
            services = {service.package: service for service in watched(cloud)}
            names = ", ".join(service.stack.name for service in services.values())
            print(f"Watching {names}; Ctrl-C ends it.", file=sys.stderr)
        saved = [Path(path).relative_to(ROOT) for _, path in changes]
        if any(path.parts[0] == "functions" and unknown(path, services) for path in saved):
            adopt(cloud, services)
        for service in services.values():
            if is_carried(service.package, saved) and service.stack.template.is_file():
                say(service.stack.name, attempt(client, service))
        for name, hint in hints(saved, set(services), {name for name in examples(saved) if is_deployed(name)}):
            say(name, hint)


def adopt(cloud: LocalCloud, services: dict[Path, WatchedService]) -> None:
    """Add the services that were deployed since the watch began."""
    try:
        services |= {service.package: service for service in watched(cloud, services)}
    except (TemplateBroken, LocalCloudError, ClientError, BotoCoreError) as error:
        say("new service", f"is not watched: {error}")


def watched(cloud: LocalCloud, known: Container[Path] = ()) -> Iterator[WatchedService]:
    """The Python services of functions/ that are deployed, but those in the folders that are `known`."""
    _, stacks = system.stacks(system.url(cloud))
    for stack in stacks:
        artefacts = built(cloud.build, stack.name)
        is_new = stack.template.parent.relative_to(ROOT) not in known
        if is_new and any(artefacts.glob("*/functions")) and is_deployed(stack.name):
            yield WatchedService(stack, functions(stack), artefacts, closure(artefacts))


def is_deployed(name: str) -> bool:
    """Whether a service has a stack in the local cloud."""
    try:
        boto3.client("cloudformation").describe_stacks(StackName=f"dossier-{system.STAGE}-{name}")
    except (ClientError, BotoCoreError):
        return False
    return True


def unknown(path: Path, packages: Iterable[Path]) -> bool:
    """Whether a saved file of functions/ belongs to a service that is not watched."""
    return not any(path.is_relative_to(package) for package in (SHARED, *packages))


def is_carried(package: Path, saved: list[Path]) -> bool:
    """Whether a service's artefact carries one of the saved files, or carried it before it was removed."""
    for path in saved:
        for folder in (package, SHARED):
            if path.is_relative_to(folder) and any(path.relative_to(folder).match(part) for part in CARRIED_PARTS):
                return True
    return False


def examples(saved: list[Path]) -> set[str]:
    """The examples that the saved files belong to."""
    return {path.parts[1] for path in saved if path.parts[0] == "examples" and len(path.parts) > 2}  # noqa: PLR2004


def hints(saved: list[Path], packages: set[Path], deployed: set[str]) -> Iterator[tuple[str, str]]:
    """For each stack whose saved files need a command to be live: its name, and the command.

    Args:
        saved: paths from the root.
        packages: the folders of the services that are watched.
        deployed: the names of the examples that are deployed.
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
    """The stack for which a saved file needs a command to be live; None where it needs none."""
    is_source = bool({path.suffix, path.name} & SOURCES)
    match path.parts:
        case ("functions", name, *_) if Path("functions", name) in packages:
            return name if path.name in OF_THE_STACK else None
        case ("functions", name, _, *_) if (ROOT / "functions" / name / "template.yaml").is_file():
            return name
        case ("functions", "shared", *_) | ("gateway_config", *_) if is_source:
            # The registry carries functions/shared too.
            return GATEWAY
        case ("examples", name, *_) if is_source and name in deployed:
            return name
        case _:
            return None


def changed_files() -> Iterator[set[tuple[watchfiles.Change, str]]]:
    """What was saved, now and then nothing: the first time as soon as nothing can be missed any more."""
    folders = [ROOT / name for name in ("functions", "gateway_config", "examples") if (ROOT / name).is_dir()]
    return watchfiles.watch(
        *folders, step=20, debounce=100, rust_timeout=200, yield_on_timeout=True, raise_interrupt=True
    )


def attempt(client: "LambdaClient", service: WatchedService) -> str:
    """Put a service live; what came of it is returned, also when the local cloud refuses or is gone."""
    try:
        return put_live(client, service)
    except (ClientError, BotoCoreError) as error:
        return f"not live: {error}"
    except TemplateBroken as error:
        return f"live, but {error}"


def put_live(client: "LambdaClient", service: WatchedService) -> str:
    """Make a version of what is saved now and move the alias to it; what came of it is returned."""
    started = time.monotonic()
    mark(service)
    try:
        artefact = with_sources(service)
    except SyntaxError as error:
        return f"not live: {Path(error.filename or '').name} line {error.lineno}: {error.msg}"
    versions: dict[str, str] = {}
    for name in service.functions:
        version = client.update_function_code(FunctionName=name, ZipFile=artefact, Publish=True)["Version"]
        answer = client.invoke(FunctionName=name, Qualifier=version, Payload=health_event(service.stack.name))
        said = json.load(answer["Payload"])
        if "FunctionError" in answer or said.get("statusCode") not in WELL:
            return f"not live: version {version} fails: {said.get('errorMessage') or said.get('body') or said}"
        versions[name] = version
    for name, version in versions.items():
        client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
    missing = missing_routes(service.stack.template)
    hint = f". template.yaml has no route {', '.join(missing)}: add it there. Then run: make run" if missing else ""
    return f"version {', '.join(versions.values())} live after {time.monotonic() - started:.2f} s{hint}"


def mark(service: WatchedService) -> None:
    """Note at the stack that its code is not what it was deployed with.

    A stack without the note was deployed since the last save: its packages may be others.
    """
    stacks = boto3.client("cloudformation").describe_stacks(StackName=service.stack.stack_name)["Stacks"]
    if not noted(dict(stacks[0])).startswith(WATCHED):
        service.closure = closure(service.artefacts)
        set_parameter(service.stack.stack_name, INPUTS, f"{WATCHED}{time.time():.0f}")


def missing_routes(template: Path) -> list[str]:
    """The routes that a service's code has and its template does not, as far as the code has them in plain text."""
    anonymous = re.compile(r"\{[^}]*\}")
    known = {anonymous.sub("{}", str(route.get("RouteKey"))) for route in routes(load(template)).values()}
    sources = sorted(template.parent.rglob("*.py"))
    found = [route for source in sources for route in routes_of(source.read_text(encoding="utf-8"))]
    return [route for route in found if anonymous.sub("{}", route) not in known]


def routes_of(code: str) -> Iterator[str]:
    """The routes that code gives to `app.endpoint`, such as `GET /v1/customers`."""
    tree = ast.parse(code)
    constants: dict[str, str | None] = {}
    for line in tree.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                constants[name] = plain(value, constants)
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(attr="endpoint"), args=[method, path, *_]):
                words = plain(method, constants), plain(path, constants)
                if None not in words:
                    yield f"{words[0]} {words[1]}"


def plain(value: ast.expr, constants: Mapping[str, str | None]) -> str | None:
    """The text of an expression of plain texts and constants; None for another expression."""
    match value:
        case ast.Constant(value=str(said)):
            return said
        case ast.Name(id=name):
            return constants.get(name)
        case ast.FormattedValue(value=part):
            return plain(part, constants)
        case ast.JoinedStr(values=parts):
            texts = [plain(part, constants) for part in parts]
            known = [text for text in texts if text is not None]
            return "".join(known) if len(known) == len(parts) else None
        case _:
            return None


def functions(stack: Stack) -> list[str]:
    """The names of a stack's functions."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.stack_name)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [item["PhysicalResourceId"] for item in found if item["ResourceType"] == "AWS::Lambda::Function"]


def closure(artefacts: Path) -> bytes:
    """A zip of a built artefact without the project's own code."""
    artefact, *_ = (path.parent for path in artefacts.glob("*/functions"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(artefact.rglob("*")):
            if path.is_file() and not path.is_relative_to(artefact / "functions"):
                archive.write(path, path.relative_to(artefact))
    return packed.getvalue()


def with_sources(service: WatchedService) -> bytes:
    """The artefact with the sources as they are saved now.

    Raises:
        SyntaxError: one is not Python.
    """
    packed = io.BytesIO(service.closure)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(ROOT / "functions" / "__init__.py", "functions/__init__.py")
        for folder in (service.package, Path("functions/shared")):
            for source in carried(ROOT / folder):
                if source.suffix == ".py":
                    compile(source.read_bytes(), source, "exec")
                archive.write(source, source.relative_to(ROOT))
    return packed.getvalue()


def say(name: str, outcome: str) -> None:
    """One line for each save."""
    print(f"  {name:<20} {outcome}", file=sys.stderr, flush=True)
