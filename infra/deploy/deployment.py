"""Deploys what has changed: checked first, the gateway before the services, one command at a time.

In the local cloud services go side by side; in AWS one after the other, as an HTTP API answers changes that are made at
once with ConflictException "Unable to complete operation due to concurrent modification".
"""

from concurrent.futures import ThreadPoolExecutor

import boto3

from infra.deploy.routes import check, live_owners
from infra.deploy.stacks import (
    GATEWAY,
    Deployer,
    DeploymentFailed,
    Stack,
    alone,
    deployed,
    is_current,
    remove_broken,
    remove_temporary,
    require_production_settings,
)
from infra.deploy.starting import check_start
from infra.steps import step


def deploy(stacks: list[Stack], deployer: Deployer, *, execute: bool = True) -> None:
    """Deploy those stacks that are not as they stand in this checkout.

    Args:
        stacks: of one stage; the gateway, if it is among them, goes first.
        deployer: of their stage.
        execute: False only makes the change sets and shows them.

    Raises:
        DeploymentFailed: a stack is refused by a check, by SAM CLI or by CloudFormation. The others are deployed.
    """
    require_production_settings(stacks)
    with alone(deployer.folder):
        remove_temporary(deployer.folder)
        _deploy(stacks, deployer, execute=execute)


def _deploy(stacks: list[Stack], deployer: Deployer, *, execute: bool) -> None:
    cloudformation = boto3.client("cloudformation")
    found = deployed(cloudformation, stacks)
    if execute:
        remove_broken(cloudformation, found, stacks)
    # With a new gateway, whatever stands in the old one is gone.
    new = any(stack.name == GATEWAY and stack.stack_name not in found for stack in stacks)
    changed = [stack for stack in stacks if new or not is_current(stack, found.get(stack.stack_name))]
    unchanged = [stack.name for stack in stacks if stack not in changed]
    if unchanged:
        step(", ".join(unchanged), lambda: "unchanged")

    def deploy_one(stack: Stack) -> None:
        check(stack, live_owners(stack.stage))

        def work() -> str:
            inputs = deployer.build(stack, found.get(stack.stack_name))
            if execute:
                check_start(stack, deployer.built(stack))
            changes = deployer.deploy(stack, inputs, execute=execute)
            return "deployed" if execute else f"would change\n{changes}"

        step(stack.name, work)

    def refusal(stack: Stack) -> str:
        try:
            deploy_one(stack)
        except DeploymentFailed as failure:
            return str(failure)
        return ""

    refusals = [refusal(stack) for stack in changed if stack.name == GATEWAY]
    if new and any(refusals):
        raise DeploymentFailed(*refusals)
    with ThreadPoolExecutor(max_workers=deployer.at_once) as workers:
        refusals += workers.map(refusal, [stack for stack in changed if stack.name != GATEWAY])
    if any(refusals):
        raise DeploymentFailed("\n\n".join(filter(None, refusals)))
