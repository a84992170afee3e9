"""A function's role reaches its own tables and keys and nobody else's: each pair is tried, under enforced IAM."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.bootstrap import ROOT
from tests.e2e.probes import Ask, Deployed, unwrap
from tests.support.templates import Template

pytestmark = pytest.mark.needs("own_cloud")

ITEM_KEY = {"pk": {"S": "PROBE"}, "sk": {"S": "PROBE"}}
DENIED = {"AccessDeniedException"}


def test_no_role_reaches_the_tables_and_keys_of_another_service(
    stacks: dict[str, Deployed],
    ask: Ask,
    show: Callable[[str], None],
) -> None:
    pairs = calls = 0
    for name, stack in stacks.items():
        for other, foreign in stacks.items():
            attempts = everything(foreign)
            if stack.stack == foreign.stack or not attempts or other != foreign.stack:
                continue
            codes = ask(stack, attempts)
            assert set(codes) == DENIED, f"{name} at {other}: {list(zip(attempts, codes, strict=True))}"
            pairs, calls = pairs + 1, calls + len(codes)
    assert pairs >= 6
    show(f"roles at other services' tables and keys: {pairs} pairs, {calls} calls, 0 allowed")


def test_each_role_reads_the_tables_that_its_policy_names_and_no_others(stacks: dict[str, Deployed], ask: Ask) -> None:
    for stack in stacks.values():
        reads = [call for call in everything(stack) if call["operation"] == "get_item"]
        readable = tables_of(stack)
        expected = [
            "allowed" if logical_id(call["arguments"]["TableName"]) in readable else "AccessDeniedException"
            for call in reads
        ]
        assert ask(stack, reads) == expected, stack.function


def tables_of(stack: Deployed) -> set[str]:
    """Return the logical ids of the tables that the template lets a function's role read."""
    folder = "gateway_config" if stack.stack == "gateway" else f"functions/{stack.stack}"
    template = Template.read(ROOT / folder / "template.yaml")
    role = template.functions[logical_id(stack.function)]["Role"]["Fn::GetAtt"][0]
    return {
        resource["Fn::GetAtt"][0]
        for policy in template.of("AWS::IAM::Role")[role]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "dynamodb:GetItem" in statement["Action"]
        for resource in [statement["Resource"]]
    }


def logical_id(name: str) -> str:
    """Return the logical id of a resource with a generated name, such as dossier-local-ssn-Audit-0123456789AB."""
    return name.split("-")[3]


def test_the_ordinary_function_of_the_vault_cannot_decrypt_full_numbers(
    stacks: dict[str, Deployed],
    clients: Callable[[str], Any],
    ask: Ask,
) -> None:
    cloudformation = clients("cloudformation")
    keys = {
        name: cloudformation.describe_stack_resource(StackName="dossier-local-ssn", LogicalResourceId=name)[
            "StackResourceDetail"
        ]["PhysicalResourceId"]
        for name in ("NumberKey", "Last4Key")
    }
    assert ask(stacks["ssn"], [unwrap(keys["NumberKey"])]) == ["AccessDeniedException"]
    assert ask(stacks["ssn"], [unwrap(keys["Last4Key"])]) == ["InvalidCiphertextException"]


def everything(stack: Deployed) -> list[dict[str, Any]]:
    """A call of each kind at each of a stack's tables and keys."""
    calls: list[dict[str, Any]] = []
    for table in stack.tables:
        put = {"TableName": table, "Item": ITEM_KEY}
        calls += [
            {"client": "dynamodb", "operation": "get_item", "arguments": {"TableName": table, "Key": ITEM_KEY}},
            {"client": "dynamodb", "operation": "put_item", "arguments": put},
            {"client": "dynamodb", "operation": "delete_item", "arguments": {"TableName": table, "Key": ITEM_KEY}},
            {"client": "dynamodb", "operation": "scan", "arguments": {"TableName": table}},
            {"client": "dynamodb", "operation": "transact_write_items", "arguments": {"TransactItems": [{"Put": put}]}},
        ]
    for key in stack.keys:
        calls += [
            unwrap(key),
            {"client": "kms", "operation": "generate_data_key", "arguments": {"KeyId": key, "KeySpec": "AES_256"}},
            {
                "client": "kms",
                "operation": "generate_mac",
                "arguments": {"KeyId": key, "Message": "probe", "MacAlgorithm": "HMAC_SHA_256"},
            },
        ]
    return calls
