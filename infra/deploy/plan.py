"""The plan of a deployment: its order, its parameters, and the parameters that are missing."""

import sys
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from infra.commands import step
from infra.deploy.sam import Deployer
from infra.deploy.settings import PRODUCTION, PRODUCTION_NEEDS
from infra.deploy.stacks import DEPLOYED_AT, INPUTS, DeploymentFailed, Stack
from infra.deploy.starting import check_start
from infra.templates import load


def require_production_settings(stacks: Iterable[Stack]) -> None:
    """Refuse a stack of production whose template would use a default for development.

    Raises:
        DeploymentFailed: a setting is missing.
    """
    for stack in stacks:
        for name in filter(partial(is_missing, stack), declared(stack)):
            raise DeploymentFailed(
                f"{stack.name} needs {name} in production: {PRODUCTION_NEEDS[name]}. Add it to parameter_overrides in "
                "the section [prod.deploy.parameters] of samconfig.toml."
            )


def show_plan(stacks: list[Stack], deployer: Deployer) -> None:
    """Build each stack, and print its place in the order, its parameters, and those that are missing.

    Raises:
        DeploymentFailed: a stack cannot be built, or its code cannot start.
    """

    def work(stack: Stack) -> str:
        deployer.build(stack, None)
        check_start(stack, deployer.built(stack))
        return "built"

    with deployer.alone():
        for number, stack in enumerate(stacks, start=1):
            step(stack.name, partial(work, stack))
            print(f"{number}. {stack.stack_name}", *parameters(stack), sep="\n   ")
    print("No credentials: change sets were not made.", file=sys.stderr)


def parameters(stack: Stack) -> list[str]:
    """Return a line for each parameter of a stack's template: its value, or that it is missing."""
    lines = []
    for name, declaration in declared(stack).items():
        if is_missing(stack, name):
            lines.append(f"{name} is missing: {PRODUCTION_NEEDS[name]}. Add it to [prod.deploy.parameters].")
        elif name in stack.parameters:
            lines.append(f"{name}={stack.parameters[name]}")
        elif "Default" in declaration:
            lines.append(f"{name}={declaration['Default']} (default)")
        else:
            lines.append(f"{name} is missing: it has no default.")
    return lines


def declared(stack: Stack) -> Mapping[str, Any]:
    """Return the parameters of a stack's template, without those that each deployment sets."""
    found = load(stack.template).get("Parameters", {})
    return {name: declaration for name, declaration in found.items() if name not in {INPUTS, DEPLOYED_AT}}


def is_missing(stack: Stack, name: str) -> bool:
    """Return whether a stack of production lacks a value that it needs."""
    return stack.stage == PRODUCTION and name in PRODUCTION_NEEDS and not stack.parameters.get(name)
