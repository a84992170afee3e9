"""Deployed stacks: their state, outputs and parameters in CloudFormation."""

import json
import time
from typing import TYPE_CHECKING, Any

import boto3

from infra.deploy.stacks import INPUTS, DeploymentFailed, Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SETTLING_SECONDS = 900
CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# The creation failed: CloudFormation can only delete such a stack.
_BROKEN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}


def deployed(
    client: "CloudFormationClient", stacks: list[Stack], longest_wait: float = 5.0
) -> dict[str, dict[str, Any]]:
    """Return the deployed stacks by name. Waits until no update is in progress, at most `longest_wait` s at a time.

    Raises:
        DeploymentFailed: an update does not end.
    """
    names = {stack.stack_name for stack in stacks}
    deadline = time.monotonic() + SETTLING_SECONDS
    wait = min(0.2, longest_wait)
    while time.monotonic() < deadline:
        pages = client.get_paginator("describe_stacks").paginate()
        found: dict[str, dict[str, Any]] = {
            stack["StackName"]: dict(stack) for page in pages for stack in page["Stacks"]
        }
        ours = {name: stack for name, stack in found.items() if name in names}
        if not any(_is_changing(stack["StackStatus"]) for stack in ours.values()):
            return ours
        time.sleep(wait)
        wait = min(2 * wait, longest_wait)
    raise DeploymentFailed(f"CloudFormation still changes {', '.join(ours)} after {SETTLING_SECONDS} s.")


def _is_changing(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status not in _BROKEN


def is_current(stack: Stack, found: dict[str, Any] | None) -> bool:
    """Return whether a deployed stack was made from the files of this checkout."""
    return bool(found and found["StackStatus"] in COMPLETE and noted(found) == stack.inputs())


def noted(found: dict[str, Any] | None) -> str:
    """Return the hash of the inputs of a deployed stack."""
    parameters = found["Parameters"] if found else []
    return "".join(item["ParameterValue"] for item in parameters if item["ParameterKey"] == INPUTS)


def remove_broken(client: "CloudFormationClient", found: dict[str, dict[str, Any]], stacks: list[Stack]) -> None:
    """Delete the stacks whose creation failed."""
    for name in (stack.stack_name for stack in stacks):
        if found.get(name, {}).get("StackStatus") in _BROKEN:
            client.delete_stack(StackName=name)
            client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
            del found[name]


def output(stack: Stack, name: str) -> str:
    """Return an output of a deployed stack."""
    found = boto3.client("cloudformation").describe_stacks(StackName=stack.stack_name)["Stacks"][0]
    return {item["OutputKey"]: item["OutputValue"] for item in found["Outputs"]}[name]


def set_parameter(stack_name: str, name: str, value: str) -> bool:
    """Change one parameter of a deployed stack; return False if it already has the value.

    The original template is sent again. `UsePreviousTemplate` would use the template after its transforms, in which
    AWS::LanguageExtensions has replaced references to parameters by their old values.
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
        Capabilities=CAPABILITIES,
        Tags=stack.get("Tags", []),
    )
    waiter = cloudformation.get_waiter("stack_update_complete")
    waiter.wait(StackName=stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    return True
