"""Puts a saved change of a service live, without touching the others and without losing a request.

Not through CloudFormation, which takes seconds: the saved files replace those in the built artefact, the result becomes
a new version of the function, is asked for its health once, and the alias moves. A version that fails keeps the old one
live.
"""

import io
import json
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import watchfiles
from botocore.exceptions import BotoCoreError, ClientError

from infra.bootstrap import ROOT
from infra.local import system
from infra.local.cloud import LocalCloud
from infra.packaging import carried
from infra.stacks import WATCHED, Stack, built, set_parameter
from infra.starting import health_event

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS = "live"
# What a function answers that works: also one that has no route for its health.
WELL = {200, 404}


@dataclass
class WatchedService:
    """A deployed service whose files are watched.

    Attributes:
        stack: its stack.
        functions: the names of its functions, which share one artefact.
        closure: a zip of the artefact without the project's own code.
        marked: whether the stack says that its code is not what it was deployed with.
    """

    stack: Stack
    functions: list[str]
    closure: bytes
    marked: bool = False

    @property
    def package(self) -> Path:
        """The service's folder, from the root."""
        return self.stack.template.parent.relative_to(ROOT)


def watch(cloud: LocalCloud) -> None:
    """Watch the services' folders until interrupted."""
    system.use(cloud)
    _, stacks = system.stacks(system.url(cloud))
    services = [WatchedService(stack, functions(stack), closure(built(cloud.build, stack.name))) for stack in stacks]
    client = boto3.client("lambda")
    for number, changes in enumerate(changed_files()):
        if number == 0:
            print(f"Watching {', '.join(service.stack.name for service in services)}; Ctrl-C ends it.", file=sys.stderr)
        saved = [Path(path).relative_to(ROOT) for _, path in changes if path.endswith(".py")]
        for service in services:
            if any(path.is_relative_to(folder) for path in saved for folder in (service.package, "functions/shared")):
                say(service.stack.name, attempt(client, service))


def changed_files() -> Iterator[set[tuple[watchfiles.Change, str]]]:
    """What was saved, now and then nothing: the first time as soon as nothing can be missed any more."""
    return watchfiles.watch(
        ROOT / "functions", step=20, debounce=100, rust_timeout=200, yield_on_timeout=True, raise_interrupt=True
    )


def attempt(client: "LambdaClient", service: WatchedService) -> str:
    """Put a service live; what came of it is returned, also when the local cloud refuses or is gone."""
    try:
        return put_live(client, service)
    except (ClientError, BotoCoreError) as error:
        return f"not live: {error}"


def put_live(client: "LambdaClient", service: WatchedService) -> str:
    """Make a version of what is saved now and move the alias to it; what came of it is returned."""
    started = time.monotonic()
    try:
        artefact = with_sources(service)
    except SyntaxError as error:
        return f"not live: {Path(error.filename or '').name} line {error.lineno}: {error.msg}"
    if not service.marked:
        set_parameter(service.stack.stack_name, "Inputs", f"{WATCHED}{time.time():.0f}")
        service.marked = True
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
    return f"version {', '.join(versions.values())} live after {time.monotonic() - started:.2f} s"


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
