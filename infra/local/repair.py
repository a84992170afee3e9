"""Resources of stacks that no longer exist. The next deployment creates them again.

CloudFormation compares a template with its own record of a stack, not with the existing resources. A resource that was
deleted by API is missing until the record is corrected. This uses private data of ministack, as saving.py does.
"""

import json
from typing import Any

from ministack.services import cloudformation, dynamodb, kms, lambda_svc

# Existing resources by type. Their keys are (account, region, name).
STORES = {
    "AWS::DynamoDB::Table": dynamodb._tables,  # noqa: SLF001
    "AWS::KMS::Key": kms._keys,  # noqa: SLF001
    "AWS::Lambda::Function": lambda_svc._functions,  # noqa: SLF001
}
PARTS = {"AWS::Lambda::Alias", "AWS::Lambda::Permission", "AWS::Lambda::Version"}


def forget_missing() -> dict[str, list[str]]:
    """Remove missing tables, keys and functions from the stacks' records; return their logical ids by stack.

    Such a stack gets the status of an update that was rolled back: it is not up to date, and can be updated.
    """
    missing: dict[str, list[str]] = {}
    for (account, region, name), stack in cloudformation._stacks._data.items():  # noqa: SLF001
        known = stack.get("_resources", {})
        gone = [
            logical_id
            for logical_id, resource in known.items()
            if (store := STORES.get(resource["ResourceType"])) is not None
            and (account, region, resource["PhysicalResourceId"]) not in store._data  # noqa: SLF001
        ]
        if gone and not stack["StackStatus"].endswith(("_IN_PROGRESS", "DELETE_COMPLETE")):
            for logical_id in [*gone, *parts(known, [known[logical_id] for logical_id in gone])]:
                del known[logical_id]
            stack["StackStatus"] = "UPDATE_ROLLBACK_COMPLETE"
            missing[name] = gone
    return missing


def parts(known: dict[str, Any], functions: list[Any]) -> list[str]:
    """Return the logical ids of the parts of functions."""
    names = [function["PhysicalResourceId"] for function in functions]
    return [
        logical_id
        for logical_id, resource in known.items()
        if resource["ResourceType"] in PARTS and any(name in json.dumps(resource["Properties"]) for name in names)
    ]
