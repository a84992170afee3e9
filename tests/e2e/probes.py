"""Calls to AWS with the role of a deployed function."""

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
KINDS = ("AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::KMS::Key")


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


def unwrap(key: str) -> dict[str, Any]:
    """A call that unwraps something, which is no ciphertext: who may ask is told so, who may not is denied."""
    return {"client": "kms", "operation": "decrypt", "arguments": {"KeyId": key, "CiphertextBlob": "bm90aGluZw=="}}


def zipped(source: str) -> bytes:
    """A deployment package of one module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("probe.py", source)
    return packed.getvalue()
