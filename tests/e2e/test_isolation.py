"""A function's role reaches its own tables and keys and nobody else's: each pair is tried, under enforced IAM."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from tests.e2e.target import Target

pytestmark = pytest.mark.needs("own_cloud")

# Makes the calls that it is sent, with the role that it runs under, and answers with an error code for each.
PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    return [attempt(**call) for call in event]

def attempt(client, operation, arguments):
    try:
        getattr(boto3.client(client), operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""
ITEM_KEY = {"pk": {"S": "PROBE"}, "sk": {"S": "PROBE"}}
KINDS = ("AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::KMS::Key")
DENIED = {"AccessDeniedException"}


@dataclass(frozen=True)
class Deployed:
    """A function of a stack, with its role, and what the stack keeps data in."""

    stack: str
    function: str
    role: str
    tables: list[str]
    keys: list[str]


Ask = Callable[[Deployed, list[dict[str, Any]]], list[str]]


@pytest.fixture
def clients(target: Target) -> Callable[[str], Any]:
    """Clients of the AWS that the suite's own cloud plays, for the account's root."""
    parts = urlsplit(target.url)
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=f"{parts.scheme}://{parts.netloc}")


@pytest.fixture
def stacks(clients: Callable[[str], Any]) -> dict[str, Deployed]:
    """What is deployed, by function; the first of a service goes by the service's name."""
    cloudformation, functions = clients("cloudformation"), clients("lambda")
    found = {}
    for stack in cloudformation.describe_stacks()["Stacks"]:
        listed = cloudformation.list_stack_resources(StackName=stack["StackName"])["StackResourceSummaries"]
        ids = {kind: [r["PhysicalResourceId"] for r in listed if r["ResourceType"] == kind] for kind in KINDS}
        service = stack["StackName"].removeprefix("dossier-local-")
        for function in sorted(ids["AWS::Lambda::Function"], key=len):
            role = functions.get_function_configuration(FunctionName=function)["Role"]
            name = f"{service} {function}" if service in found else service
            found[name] = Deployed(service, function, role, ids["AWS::DynamoDB::Table"], ids["AWS::KMS::Key"])
    return found


@pytest.fixture
def ask(clients: Callable[[str], Any]) -> Iterator[Ask]:
    """Make calls with a stack's role; their error codes."""
    functions = clients("lambda")
    made: list[str] = []

    def asked(stack: Deployed, calls: list[dict[str, Any]]) -> list[str]:
        name = f"probe-{len(made)}"
        code = {"ZipFile": zipped(PROBE)}
        runtime = functions.get_function_configuration(FunctionName=stack.function)["Runtime"]
        functions.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="probe.handler",
            Role=stack.role,
            Code=code,
        )
        made.append(name)
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(calls))
        codes: list[str] = json.load(answer["Payload"])
        return codes

    yield asked
    for name in made:
        functions.delete_function(FunctionName=name)


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


def unwrap(key: str) -> dict[str, Any]:
    """A call that unwraps something, which is no ciphertext: who may ask is told so, who may not is denied."""
    return {"client": "kms", "operation": "decrypt", "arguments": {"KeyId": key, "CiphertextBlob": "bm90aGluZw=="}}


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


def zipped(source: str) -> bytes:
    """A deployment package of one module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("probe.py", source)
    return packed.getvalue()
