"""Builds and deploys stacks with SAM CLI, skipping what is deployed already.

What a stack is made from (its template, code, pins and parameters) is hashed into the stack's parameter `Inputs`, so
that the note of what is deployed lives and dies with what is deployed. Not into a tag: CloudFormation hands a stack's
tags on to its resources, and would change every one of them.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from gateway_config.registry.models import REGISTRY
from infra.bootstrap import ENVIRONMENTS, ROOT, exclusive
from infra.deploy.settings import DEPLOY, PRODUCTION, PRODUCTION_NEEDS, SAMCONFIG, config, settings, stage_parameters
from infra.templates import TemplateBroken, load

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SETTLING_SECONDS = 900
GATEWAY = "gateway"
INPUTS = "Inputs"
# Says whether what may be public is open to everybody, or scoped.
PUBLIC_ROUTES = "PublicRoutes"
CANARY = "Canary"
DEPLOYED_AT = "DeployedAt"
# What the parameter says while `make watch` has put other code live.
WATCHED = "watched-"
# What a stack is made from, by suffix or name.
SOURCES = {".css", ".html", ".js", ".json", ".py", ".svg", ".txt", ".yaml", "Makefile", "problems.md"}
# CloudFormation can only delete a stack that failed to come up.
_BROKEN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}


class DeploymentFailed(Exception):
    """A stack could not be built or deployed; the message holds what was said about it."""


@dataclass(frozen=True)
class Stack:
    """A template and how it is deployed.

    Attributes:
        name: short name, such as `customer`.
        template: path of the SAM template.
        stage: deployment that the stack is part of.
        parameters: of the template.
        tags: of the stack; CloudFormation hands them on to its resources.
    """

    name: str
    template: Path
    stage: str
    parameters: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def stack_name(self) -> str:
        """The stack's name in CloudFormation."""
        return f"dossier-{self.stage}-{self.name}"

    def inputs(self) -> str:
        """A hash of all that the deployed stack is made from."""
        digest = hashlib.sha256(repr(sorted(self.parameters.items())).encode() + sys.version.encode())
        for source in sorted(self._sources()):
            digest.update(f"{source.relative_to(ROOT)}\0".encode() + source.read_bytes())
        return digest.hexdigest()[:16]

    def _sources(self) -> Iterable[Path]:
        for folder in (self.template.parent, ROOT / "functions" / "shared"):
            for source in folder.rglob("*"):
                if {source.suffix, source.name} & SOURCES:
                    yield source
        yield ROOT / "infra" / "deploy" / "packaging.py"
        yield SAMCONFIG


def deployed(
    client: "CloudFormationClient", stacks: list[Stack], longest_wait: float = 5.0
) -> dict[str, dict[str, Any]]:
    """Return the deployed stacks by name. Waits until no update is in progress.

    Args:
        client: of the account.
        stacks: those to look for.
        longest_wait: seconds between two looks, at most.

    Raises:
        DeploymentFailed: one does not settle.
    """
    names = {stack.stack_name for stack in stacks}
    deadline = time.monotonic() + SETTLING_SECONDS
    wait = min(0.2, longest_wait)
    while time.monotonic() < deadline:
        pages = client.get_paginator("describe_stacks").paginate()
        found = {stack["StackName"]: dict(stack) for page in pages for stack in page["Stacks"]}
        ours = {name: stack for name, stack in found.items() if name in names}
        if not any(unsettled(stack) for stack in ours.values()):
            return ours
        time.sleep(wait)
        wait = min(2 * wait, longest_wait)
    raise DeploymentFailed(f"CloudFormation is still at work on {', '.join(ours)} after {SETTLING_SECONDS} s.")


def unsettled(stack: dict[str, Any]) -> bool:
    """Whether CloudFormation is still at work on a stack."""
    status = stack["StackStatus"]
    return status.endswith("_IN_PROGRESS") and status not in _BROKEN


def is_current(stack: Stack, found: dict[str, Any] | None) -> bool:
    """Whether what is deployed was made from what stands in this checkout."""
    if found is None or found["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return False
    return noted(found) == stack.inputs()


def noted(found: dict[str, Any] | None) -> str:
    """What a deployed stack says that it was made from."""
    parameters = found["Parameters"] if found else []
    return "".join(item["ParameterValue"] for item in parameters if item["ParameterKey"] == INPUTS)


class Deployer:
    """Builds and deploys stacks with SAM CLI, in the account that the environment names, as samconfig.toml says.

    Attributes:
        folder: contains the artefacts.
        at_once: the most services that it deploys side by side.
    """

    at_once = 1

    def __init__(self, folder: Path) -> None:
        """Keep artefacts in a folder."""
        self.folder = folder

    def built(self, stack: Stack) -> Path:
        """The folder of a stack's artefacts and of its built template."""
        return built(self.folder, stack.name)

    def build(self, stack: Stack, found: dict[str, Any] | None) -> str:
        """Build one stack and return the hash of its inputs.

        A build that fails in a folder from an earlier run is repeated once in an empty one.

        Args:
            stack: what to build.
            found: the stack as it is deployed now.

        Raises:
            DeploymentFailed: SAM CLI refuses; the message holds what it said.
        """
        inputs = stack.inputs()
        own = self.built(stack).parent
        # Its contents can be half-made: a process that was killed leaves them so.
        can_be_broken = own.exists()
        try:
            self._build_once(stack, inputs, noted(found))
        except DeploymentFailed:
            if not can_be_broken:
                raise
            shutil.rmtree(own)
            self._build_once(stack, inputs, noted(found))
        return inputs

    def _build_once(self, stack: Stack, inputs: str, live: str) -> None:
        self._sam(
            *("build", *config(stack.stage), "--build-in-source"),
            *("--template", str(stack.template)),
            *("--build-dir", str(self.built(stack))),
            **variables(stack, inputs, live),
        )

    def deploy(self, stack: Stack, inputs: str, *, execute: bool = True) -> str:
        """Deploy one stack that was built, or only make its change set; return its table of changes.

        Args:
            stack: what to deploy.
            inputs: the hash that `build` returned.
            execute: False only makes the change set.

        Raises:
            DeploymentFailed: SAM CLI or CloudFormation refuse; the message holds what they said.
        """
        output = self._sam(
            *("deploy", *config(stack.stage), *DEPLOY),
            *(() if "s3_bucket" in settings(stack.stage) else ("--resolve-s3",)),
            *("--template", str(self.built(stack) / "template.yaml")),
            *("--stack-name", stack.stack_name),
            *("--s3-prefix", stack.stack_name),
            *("--parameter-overrides", *pairs({**stack.parameters, INPUTS: inputs, DEPLOYED_AT: now()})),
            *(("--tags", *pairs(stack.tags)) if stack.tags else ()),
            *(() if execute else ("--no-execute-changeset",)),
        )
        _, _, table = output.partition("CloudFormation stack changeset")
        table, _, _ = table.partition("Changeset created successfully")
        return "\n".join(line for line in table.splitlines() if line.startswith(("+", "*", "-")) and line.strip("-"))

    def delete(self, stack: Stack) -> str:
        """Delete one stack and its artefacts; what SAM CLI said is returned.

        Raises:
            DeploymentFailed: SAM CLI or CloudFormation refuse; the message holds what they said.
        """
        region = boto3.session.Session().region_name
        return self._sam(
            "delete", *config(stack.stage), "--no-prompts", "--stack-name", stack.stack_name, "--region", region
        )

    def _sam(self, *arguments: str, **environment: str) -> str:
        sam = str(ENVIRONMENTS["sam"][0] / "bin" / "sam")
        parent = temporary(self.folder)
        parent.mkdir(parents=True, exist_ok=True)
        # SAM CLI does not remove its temporary folders.
        with tempfile.TemporaryDirectory(dir=parent) as own:
            ours = {"SAM_CLI_TELEMETRY": "0", "TMPDIR": own}
            run = subprocess.run(
                [sam, *arguments],
                cwd=ROOT,
                env={**os.environ, **ours, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
            )
        if run.returncode != 0:
            said = [line for line in run.stdout.splitlines() if "Uploading to" not in line]
            last = "\n".join(said[-30:])
            raise DeploymentFailed(f"{last}\n\nsam {arguments[0]} failed with the words above.")
        return run.stdout


def variables(stack: Stack, inputs: str, live: str) -> dict[str, str]:
    """The environment variables of a build, for infra/deploy/packaging.py.

    Args:
        stack: what is built.
        inputs: the hash of its inputs.
        live: the hash of the inputs that the deployed stack has.
    """
    return {
        # Watched code is live behind CloudFormation's back: only an artefact that it has not seen replaces it.
        "DOSSIER_INPUTS": inputs + (live if live.startswith(WATCHED) else ""),
        "DOSSIER_PYTHON": sys.executable,
        "DOSSIER_RUNTIME": stack.parameters.get("PythonRuntime", "").removeprefix("python"),
    }


def built(build: Path, name: str) -> Path:
    """The folder in which SAM CLI builds a stack.

    Its parent belongs to this stack only: SAM CLI keeps a `build.toml` there, and two processes that write one file
    break it.
    """
    return build / name / "built"


def temporary(build: Path) -> Path:
    """Return the folder for temporary folders of SAM CLI. A command that is killed leaves its own there."""
    return build / "tmp"


def remove_temporary(build: Path) -> None:
    """Remove what killed commands left behind. Call it while no other command deploys from `build`."""
    shutil.rmtree(temporary(build), ignore_errors=True)


def alone(build: Path, what: str = "") -> AbstractContextManager[None]:
    """Keep other commands that deploy from a build folder, or do the same named thing, waiting.

    Two that build there at once would package each other's half-made artefacts.
    """
    return exclusive(build.parent / f"{build.name}{what}.lock")


def now() -> str:
    """The current time, as the registry shows it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def require_production_settings(stacks: "Iterable[Stack]") -> None:
    """Refuse a stack of the stage `prod` whose template would fall back to a default for development.

    Raises:
        DeploymentFailed: a setting is missing; the message names it, and where to set it.
    """
    for stack in stacks:
        declared = load(stack.template).get("Parameters", {})
        for name, purpose in PRODUCTION_NEEDS.items():
            if stack.stage == PRODUCTION and name in declared and not stack.parameters.get(name):
                raise DeploymentFailed(
                    f"{stack.name} needs {name} in production: {purpose}. Add it to parameter_overrides in the section "
                    "[prod.deploy.parameters] of samconfig.toml."
                )


def pairs(values: dict[str, str]) -> list[str]:
    """Key=value arguments as SAM CLI takes them."""
    return [f"{name}={value}" for name, value in values.items()]


def remove_broken(client: "CloudFormationClient", found: dict[str, dict[str, Any]], stacks: list[Stack]) -> None:
    """Delete those of the stacks that never came up: nothing else can be done with them."""
    for name in (stack.stack_name for stack in stacks):
        if found.get(name, {}).get("StackStatus") in _BROKEN:
            client.delete_stack(StackName=name)
            client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
            del found[name]


def ensure_bucket(bucket: str) -> None:
    """Make the bucket through which SAM CLI hands artefacts to CloudFormation."""
    client = boto3.client("s3")
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError:
        client.create_bucket(Bucket=bucket)


def gateway_and_services(stage: str, parameters: dict[str, str]) -> tuple[Stack, list[Stack]]:
    """The gateway's stack, and one for each folder of functions/ that has a template.

    Args:
        stage: the deployment they are part of.
        parameters: values for every template that has a parameter of the name; the stage's own go before them.
    """
    templates = [ROOT / "gateway_config" / "template.yaml", *sorted(ROOT.glob("functions/*/template.yaml"))]
    found = {
        "Stage": stage,
        "ApiId": f"/dossier/{stage}/gateway/api-id",
        "AuthorizerId": f"/dossier/{stage}/gateway/authorizer-id",
        "UserPoolId": f"/dossier/{stage}/gateway/user-pool-id",
        # Always said: CloudFormation keeps the last value of a parameter that is not.
        PUBLIC_ROUTES: "open",
        CANARY: "true" if stage == PRODUCTION else "false",
        **parameters,
        **stage_parameters(stage),
    }
    stacks = [_stack(template, stage, found) for template in templates]
    return stacks[0], stacks[1:]


def stack_in(folder: Path, siblings: Iterable[Stack], parameters: dict[str, str]) -> Stack:
    """The stack of a folder elsewhere, such as one of examples/.

    Args:
        folder: has a template.
        siblings: the stacks of the stage that it joins; it takes their parameters.
        parameters: of its own.

    Raises:
        TemplateBroken: it has no template, one that does not take these parameters, or the gateway's name.
    """
    template = folder / "template.yaml"
    if not template.is_file() or not folder.is_relative_to(ROOT):
        raise TemplateBroken(f"{template} is not there, or not in this checkout.")
    found = {name: value for sibling in siblings for name, value in sibling.parameters.items()}
    stack = _stack(template, next(iter(siblings)).stage, {**found, **parameters})
    if unknown := set(parameters) - set(stack.parameters):
        raise TemplateBroken(f"{template} has no parameter {', '.join(sorted(unknown))}.")
    return stack


def _stack(template: Path, stage: str, found: dict[str, str]) -> Stack:
    taken = load(template).get("Parameters", {})
    if INPUTS not in taken:
        raise TemplateBroken(f"{template} needs the parameters of the other services' templates, Inputs among them.")
    is_gateway = template == ROOT / "gateway_config" / "template.yaml"
    name = GATEWAY if is_gateway else template.parent.name
    if name in {GATEWAY, REGISTRY} and not is_gateway:
        raise TemplateBroken(f"{template.parent} has the name of the gateway's own stack or service: name it anew.")
    # For budgets and for the permissions of a deployer.
    tags = {"Project": "dossier", "Stage": stage, "Service": name}
    return Stack(name, template, stage, {key: value for key, value in found.items() if key in taken}, tags)


def architecture() -> str:
    """The processor of this machine, as Lambda names it."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def output(stack: Stack, name: str) -> str:
    """An output of a deployed stack."""
    found = boto3.client("cloudformation").describe_stacks(StackName=stack.stack_name)["Stacks"][0]
    return {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}[name]


def set_parameter(stack_name: str, name: str, value: str) -> bool:
    """Update a deployed stack with one parameter changed, everything else as it is; return False if it had that value.

    The original template is sent again. `UsePreviousTemplate` would take the one that the transforms have processed: in
    it AWS::LanguageExtensions has replaced the references to parameters by their old values.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
    """
    cloudformation = boto3.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    current = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
    if current[name] == value:
        return False
    original: Any = cloudformation.get_template(StackName=stack_name, TemplateStage="Original")["TemplateBody"]
    kept: list[Any] = [{"ParameterKey": key, "UsePreviousValue": True} for key in current if key != name]
    cloudformation.update_stack(
        StackName=stack_name,
        TemplateBody=original if isinstance(original, str) else json.dumps(original),
        Parameters=[*kept, {"ParameterKey": name, "ParameterValue": value}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=stack.get("Tags", []),
    )
    waiter = cloudformation.get_waiter("stack_update_complete")
    waiter.wait(StackName=stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    return True
