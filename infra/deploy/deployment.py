"""Deploys stacks that have changed: the gateway before the services, each after its checks.

In the local cloud, services are deployed side by side. In AWS, one after the other: an HTTP API refuses changes at the
same time with ConflictException "Unable to complete operation due to concurrent modification".
"""

from concurrent.futures import ThreadPoolExecutor

import boto3

from infra.commands import step
from infra.deploy.cloudformation import deployed, is_current, remove_broken
from infra.deploy.plan import require_production_settings
from infra.deploy.routes import check, live_owners
from infra.deploy.sam import Deployer
from infra.deploy.stacks import GATEWAY, DeploymentFailed, Stack
from infra.deploy.starting import check_start


def deploy(stacks: list[Stack], deployer: Deployer, *, execute: bool = True) -> None:
    """Deploy the stacks of a stage that differ from this checkout, or only print their changes.

    Raises:
        DeploymentFailed: a check, SAM CLI or CloudFormation refuses a stack. The others are deployed.
    """
    require_production_settings(stacks)
    with deployer.alone():
        deployer.remove_temporary()
        _deploy(stacks, deployer, execute=execute)


def _deploy(stacks: list[Stack], deployer: Deployer, *, execute: bool) -> None:
    cloudformation = boto3.client("cloudformation")
    found = deployed(cloudformation, stacks)
    if execute:
        remove_broken(cloudformation, found, stacks)
    # The routes of the services do not exist in a new gateway.
    new = any(stack.name == GATEWAY and stack.stack_name not in found for stack in stacks)
    changed = [stack for stack in stacks if new or not is_current(stack, found.get(stack.stack_name))]
    unchanged = [stack.name for stack in stacks if stack not in changed]
    if unchanged:
        step(", ".join(unchanged), lambda: "unchanged")

    def work(stack: Stack) -> str:
        inputs = deployer.build(stack, found.get(stack.stack_name))
        if execute:
            check_start(stack, deployer.built(stack))
        changes = deployer.deploy(stack, inputs, execute=execute)
        return "deployed" if execute else f"would change\n{changes}"

    def refusal(stack: Stack) -> str:
        try:
            check(stack, live_owners(stack.stage))
            step(stack.name, lambda: work(stack))
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
