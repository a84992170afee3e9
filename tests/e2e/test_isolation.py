"""A function's role reaches its own tables and keys and nobody else's: each pair is tried, under enforced IAM."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.probes import Ask, Deployed, unwrap

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


def test_each_role_reaches_its_own_tables(stacks: dict[str, Deployed], ask: Ask) -> None:
    for stack in stacks.values():
        reads = [call for call in everything(stack) if call["operation"] == "get_item"]
        # The audit is put and queried, and never got.
        denied = 1 if stack.stack == "ssn" else 0
        assert sorted(ask(stack, reads)) == ["AccessDeniedException"] * denied + ["allowed"] * (len(reads) - denied)


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
