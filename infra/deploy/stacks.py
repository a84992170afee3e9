"""Stacks: a template with its parameters, and a hash of the files that the stack is made from.

The hash is the stack's parameter `Inputs`, so that it exists as long as the stack. It is not a tag: CloudFormation
passes a stack's tags on to its resources, and would change each of them.
"""

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway_config.registry.models import REGISTRY
from infra.bootstrap import ROOT
from infra.commands import CommandFailed
from infra.deploy.settings import PRODUCTION, SAMCONFIG, stage_parameters
from infra.templates import TemplateBroken, load

GATEWAY = "gateway"
INPUTS = "Inputs"
CANARY = "Canary"
DEPLOYED_AT = "DeployedAt"
# Its values are `open` and `scoped`.
PUBLIC_ROUTES = "PublicRoutes"
# Start of the value of `Inputs` while `make watch` has other code live.
WATCHED = "watched-"
SOURCES = {".css", ".html", ".js", ".json", ".py", ".svg", ".txt", ".yaml", "Makefile", "problems.md"}


class DeploymentFailed(CommandFailed):
    """A stack that cannot be built or deployed."""


@dataclass(frozen=True)
class Stack:
    """A template and how it is deployed.

    Attributes:
        name: short name, such as `customer`.
        template: path of the SAM template.
        stage: deployment that the stack is part of.
        parameters: values for parameters of the template.
        tags: tags of the stack; CloudFormation passes them on to its resources.
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
        """Return a hash of the files and parameters that the stack is made from."""
        digest = hashlib.sha256(repr(sorted(self.parameters.items())).encode() + sys.version.encode())
        for source in sorted(self._sources()):
            digest.update(f"{source.relative_to(ROOT)}\0".encode() + source.read_bytes())
        return digest.hexdigest()[:16]

    def values(self, inputs: str) -> dict[str, str]:
        """Return the values of a deployment now: the parameters, the hash of the inputs, and the time."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {**self.parameters, INPUTS: inputs, DEPLOYED_AT: now}

    def _sources(self) -> Iterable[Path]:
        for folder in (self.template.parent, ROOT / "functions" / "shared"):
            for source in folder.rglob("*"):
                if {source.suffix, source.name} & SOURCES:
                    yield source
        yield Path(__file__).with_name("packaging.py")
        yield SAMCONFIG


def gateway_and_services(stage: str, parameters: dict[str, str]) -> tuple[Stack, list[Stack]]:
    """Return the gateway's stack, and one for each folder of functions/ that has a template.

    Args:
        stage: the deployment that they are part of.
        parameters: values for each template that has such a parameter. The stage's own values override them.
    """
    templates = [ROOT / "gateway_config" / "template.yaml", *sorted(ROOT.glob("functions/*/template.yaml"))]
    values = {
        "Stage": stage,
        "ApiId": f"/dossier/{stage}/gateway/api-id",
        "AuthorizerId": f"/dossier/{stage}/gateway/authorizer-id",
        "UserPoolId": f"/dossier/{stage}/gateway/user-pool-id",
        "EventBusName": f"/dossier/{stage}/gateway/event-bus-name",
        # Without a value, CloudFormation keeps the last one.
        PUBLIC_ROUTES: "open",
        CANARY: "true" if stage == PRODUCTION else "false",
        **parameters,
        **stage_parameters(stage),
    }
    stacks = [_stack(template, stage, values) for template in templates]
    return stacks[0], stacks[1:]


def stack_in(folder: Path, siblings: Iterable[Stack], parameters: dict[str, str]) -> Stack:
    """Return the stack of another folder, such as one of examples/.

    Args:
        folder: contains a template.
        siblings: the stacks of the stage that it joins, with their parameters.
        parameters: its own.

    Raises:
        TemplateBroken: the template is missing, does not have these parameters, or has the gateway's name.
    """
    template = folder / "template.yaml"
    if not template.is_file() or not folder.is_relative_to(ROOT):
        raise TemplateBroken(f"{template} does not exist in this checkout.")
    values = {name: value for sibling in siblings for name, value in sibling.parameters.items()}
    stack = _stack(template, next(iter(siblings)).stage, {**values, **parameters})
    if unknown := set(parameters) - set(stack.parameters):
        raise TemplateBroken(f"{template} has no parameter {', '.join(sorted(unknown))}.")
    return stack


def _stack(template: Path, stage: str, values: dict[str, str]) -> Stack:
    declared = load(template).get("Parameters", {})
    if INPUTS not in declared:
        raise TemplateBroken(f"{template} needs the parameters of the other services' templates, such as {INPUTS}.")
    is_gateway = template == ROOT / "gateway_config" / "template.yaml"
    name = GATEWAY if is_gateway else template.parent.name
    if name in {GATEWAY, REGISTRY} and not is_gateway:
        raise TemplateBroken(f"{template.parent} has the name of the gateway's own stack or service. Rename it.")
    # For budgets and for the permissions of a deployer.
    tags = {"Project": "dossier", "Stage": stage, "Service": name}
    return Stack(name, template, stage, {key: value for key, value in values.items() if key in declared}, tags)
