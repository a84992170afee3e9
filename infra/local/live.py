"""Puts saved files of a service live: a new version of its functions, a health check, then the alias moves.

CloudFormation would take seconds. A version that fails leaves the earlier one live, so no request is lost.
"""

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from infra.bootstrap import ROOT
from infra.deploy.cloudformation import noted, set_parameter
from infra.deploy.packaging import carried
from infra.deploy.stacks import INPUTS, WATCHED, Stack
from infra.deploy.starting import health_event
from infra.local.code_routes import missing_routes

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS = "live"
# 404: the function has no route for its health.
HEALTHY = {200, 404}
SHARED = Path("functions/shared")


@dataclass
class WatchedService:
    """A deployed service whose files are watched.

    Attributes:
        stack: its stack.
        functions: names of its functions, which share one artefact.
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


def put_live(client: "LambdaClient", service: WatchedService) -> str:
    """Publish a version of the saved files and move the alias to it; return the result."""
    started = time.monotonic()
    mark(service)
    try:
        artefact = with_sources(service)
    except SyntaxError as error:
        return f"not live: {Path(error.filename or '').name} line {error.lineno}: {error.msg}"
    versions: dict[str, str] = {}
    for name in service.functions:
        version = client.update_function_code(FunctionName=name, ZipFile=artefact, Publish=True)["Version"]
        invocation = client.invoke(FunctionName=name, Qualifier=version, Payload=health_event(service.stack.name))
        response = json.load(invocation["Payload"])
        if "FunctionError" in invocation or response.get("statusCode") not in HEALTHY:
            cause = response.get("errorMessage") or response.get("body") or response
            return f"not live: version {version} fails: {cause}"
        versions[name] = version
    for name, version in versions.items():
        client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
    missing = missing_routes(service.stack.template)
    hint = f". template.yaml has no route {', '.join(missing)}: add it there. Then run: make run" if missing else ""
    return f"version {', '.join(versions.values())} live after {time.monotonic() - started:.2f} s{hint}"


def mark(service: WatchedService) -> None:
    """Mark the stack: its code is not the code that was deployed.

    A stack without the mark was deployed since the last save, perhaps with other packages.
    """
    stacks = boto3.client("cloudformation").describe_stacks(StackName=service.stack.stack_name)["Stacks"]
    if not noted(dict(stacks[0])).startswith(WATCHED):
        service.closure = closure(service.artefacts)
        set_parameter(service.stack.stack_name, INPUTS, f"{WATCHED}{time.time():.0f}")


def functions(stack: Stack) -> list[str]:
    """Return the names of a stack's functions."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.stack_name)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [item["PhysicalResourceId"] for item in found if item["ResourceType"] == "AWS::Lambda::Function"]


def closure(artefacts: Path) -> bytes:
    """Return a zip of a built artefact without the project's own code."""
    artefact, *_ = (path.parent for path in artefacts.glob("*/functions"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(artefact.rglob("*")):
            if path.is_file() and not path.is_relative_to(artefact / "functions"):
                archive.write(path, path.relative_to(artefact))
    return packed.getvalue()


def with_sources(service: WatchedService) -> bytes:
    """Return a zip of the artefact with the saved sources.

    Raises:
        SyntaxError: a source is not valid Python.
    """
    packed = io.BytesIO(service.closure)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(ROOT / "functions" / "__init__.py", "functions/__init__.py")
        for folder in (service.package, SHARED):
            for source in carried(ROOT / folder):
                if source.suffix == ".py":
                    compile(source.read_bytes(), source, "exec")
                archive.write(source, source.relative_to(ROOT))
    return packed.getvalue()
