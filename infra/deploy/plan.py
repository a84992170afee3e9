"""Shows what a deployment would send, without an account: what is built, in which order, with which parameters."""

import sys

from infra.deploy.settings import PRODUCTION, PRODUCTION_NEEDS
from infra.deploy.stacks import DEPLOYED_AT, INPUTS, Deployer, Stack, alone
from infra.deploy.starting import check_start
from infra.steps import step
from infra.templates import load


def show_plan(stacks: list[Stack], deployer: Deployer) -> None:
    """Build each stack, and print their order and parameters, and the parameters that are missing.

    Args:
        stacks: of one stage, in the order of their deployment.
        deployer: builds them.

    Raises:
        DeploymentFailed: a stack cannot be built, or its code cannot start.
    """
    with alone(deployer.folder):
        for number, stack in enumerate(stacks, start=1):

            def work(stack: Stack = stack) -> str:
                deployer.build(stack, None)
                check_start(stack, deployer.built(stack))
                return "built"

            step(stack.name, work)
            print(f"{number}. {stack.stack_name}")
            for line in parameters(stack):
                print(f"   {line}")
    print("No credentials: change sets were not made.", file=sys.stderr)


def parameters(stack: Stack) -> list[str]:
    """Return a line for each parameter of a stack's template: its value, or that it is missing."""
    lines = []
    for name, declared in load(stack.template).get("Parameters", {}).items():
        if name in {INPUTS, DEPLOYED_AT}:
            continue
        if stack.stage == PRODUCTION and name in PRODUCTION_NEEDS and not stack.parameters.get(name):
            lines.append(f"{name} is missing: {PRODUCTION_NEEDS[name]}. Add it to [prod.deploy.parameters].")
        elif name in stack.parameters:
            lines.append(f"{name}={stack.parameters[name]}")
        elif "Default" in declared:
            lines.append(f"{name}={declared['Default']} (default)")
        else:
            lines.append(f"{name} is missing: it has no default.")
    return lines
