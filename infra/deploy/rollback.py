"""Moves the alias of a service's functions back by a version. The next deployment of other code moves it on."""

from typing import Any

import boto3

from infra.deploy.stacks import DeploymentFailed, Stack

ALIAS = "live"


def roll_back(stack: Stack) -> dict[str, str]:
    """Move the alias of each function of a stack back by one version.

    Returns:
        The versions before and after, by function.

    Raises:
        DeploymentFailed: a function has no earlier version. No alias is moved then.
    """
    client = boto3.client("lambda")
    moves = {name: (live(client, name), previous(client, name)) for name in functions(stack)}
    for name, (_, version) in moves.items():
        # Also ends a canary: its weights belong to the alias.
        client.update_alias(
            FunctionName=name, Name=ALIAS, FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": {}}
        )
    return {name: f"{before} -> {after}" for name, (before, after) in moves.items()}


def functions(stack: Stack) -> list[str]:
    """Return the names of a deployed stack's functions."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack.stack_name)
    found = [one for page in pages for one in page["StackResourceSummaries"]]
    return [one["PhysicalResourceId"] for one in found if one["ResourceType"] == "AWS::Lambda::Function"]


def live(client: Any, name: str) -> str:
    """Return the version that a function's alias leads to."""
    return str(client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"])


def previous(client: Any, name: str) -> str:
    """Return the version before the live one.

    Raises:
        DeploymentFailed: there is none.
    """
    current = int(live(client, name))
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
    earlier = [number for number in numbers if number < current]
    if not earlier:
        raise DeploymentFailed(f"{name} has no version before {current}. Deploy the code that you want instead.")
    return str(max(earlier))
