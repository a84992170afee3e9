"""Builds and deploys stacks to the local cloud in this process: SAM CLI needs two processes and seconds for each.

The Makefiles build the artefacts, as with SAM CLI. Templates differ only in the places of the artefacts.
"""

import hashlib
import io
import json
import shutil
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.commands import ProgramFailed, run
from infra.deploy.cloudformation import CAPABILITIES, COMPLETE, deployed
from infra.deploy.sam import Deployer, variables
from infra.deploy.stacks import DeploymentFailed, Stack
from infra.templates import load, resources

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

BUCKET = "dossier-artifacts"
FUNCTION = "AWS::Serverless::Function"
# The time of all entries of a zip, so that its hash depends only on the content.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MARKS = {"Add": "+", "Remove": "-"}
_PENDING = {"CREATE_PENDING", "CREATE_IN_PROGRESS"}
_POLL_SECONDS = 0.1
_LAST_LINES = 30


class LocalDeployer(Deployer):
    """Builds and deploys stacks in the local cloud of the environment."""

    at_once = 32

    def deploy(self, stack: Stack, inputs: str, *, execute: bool = True) -> str:
        """Deploy one stack that was built, or only create its change set; return a line for each change.

        Raises:
            DeploymentFailed: CloudFormation refuses; the message contains its reasons.
        """
        client = boto3.client("cloudformation")
        template = self._packaged(stack)
        try:
            found = settled(client, stack)
            name, changes = change_set(client, stack, template, stack.values(inputs), found)
            if execute:
                client.execute_change_set(**name)
                result = settled(client, stack)
                if result is None or result["StackStatus"] not in COMPLETE:
                    raise DeploymentFailed(f"{stack.name} is not deployed.\n{reasons(client, stack)}")
            else:
                remove(client, name, is_new=found is None)
        except ClientError as error:
            raise DeploymentFailed(f"{stack.name}: {error.response['Error']['Message']}") from None
        return changes

    def delete(self, stack: Stack) -> None:
        """Delete one stack and its artefacts.

        Raises:
            DeploymentFailed: CloudFormation refuses; the message contains its reasons.
        """
        client = boto3.client("cloudformation")
        client.delete_stack(StackName=stack.stack_name)
        if settled(client, stack) is not None:
            raise DeploymentFailed(f"{stack.name} is not deleted.\n{reasons(client, stack)}")
        boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix=f"{stack.stack_name}/").delete()

    def _build_once(self, stack: Stack, inputs: str, live: str) -> None:
        template = load(stack.template)
        folder = self.built(stack)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, properties in resources(template, FUNCTION).items():
            if "CodeUri" in properties:
                code = stack.template.parent / properties["CodeUri"]
                make(stack, name, code, folder / name, variables(stack, inputs, live))
                properties["CodeUri"] = name
        (folder / "template.yaml").write_text(json.dumps(template), encoding="utf-8")

    def _packaged(self, stack: Stack) -> str:
        """Upload a built stack's artefacts and its template; return the template's URL."""
        s3, folder = boto3.client("s3"), self.built(stack)
        template = load(folder / "template.yaml")
        for properties in resources(template, FUNCTION).values():
            if "CodeUri" in properties:
                content = zipped(folder / properties["CodeUri"])
                properties["CodeUri"] = {"Bucket": BUCKET, "Key": upload(s3, stack, content, "zip")}
        key = upload(s3, stack, json.dumps(template).encode(), "template")
        return f"{s3.meta.endpoint_url}/{BUCKET}/{key}"


def change_set(
    client: "CloudFormationClient", stack: Stack, template: str, values: dict[str, str], found: dict[str, Any] | None
) -> tuple[Any, str]:
    """Create a change set.

    Args:
        client: client of the local cloud.
        stack: the stack to change.
        template: the template's URL.
        values: values of parameters. Other parameters keep the value of the deployed stack.
        found: the deployed stack.

    Returns:
        The name of the change set, and a line for each change.

    Raises:
        DeploymentFailed: the change set cannot be created.
    """
    name: Any = {"StackName": stack.stack_name, "ChangeSetName": f"dossier-{time.time_ns()}"}
    kept = {parameter["ParameterKey"] for parameter in (found or {}).get("Parameters", [])} - set(values)
    declared = set(load(stack.template).get("Parameters", {}))
    parameters: list[Any] = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    parameters += [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept & declared)]
    client.create_change_set(
        **name,
        ChangeSetType="UPDATE" if found else "CREATE",
        TemplateURL=template,
        Parameters=parameters,
        Tags=[{"Key": key, "Value": value} for key, value in stack.tags.items()],
        Capabilities=CAPABILITIES,
    )
    while (created := client.describe_change_set(**name))["Status"] in _PENDING:
        time.sleep(_POLL_SECONDS)
    if created["Status"] == "FAILED":
        remove(client, name, is_new=found is None)
        raise DeploymentFailed(f"{stack.name}: {created.get('StatusReason', 'its change set cannot be created')}")
    changes = [change["ResourceChange"] for change in created["Changes"]]
    lines = [
        f"{_MARKS.get(one['Action'], '*')} {one['Action']} {one['LogicalResourceId']} {one['ResourceType']}"
        for one in changes
    ]
    return name, "\n".join(lines)


def remove(client: "CloudFormationClient", name: Any, *, is_new: bool) -> None:
    """Remove a change set, and the empty stack that CloudFormation creates for a new one."""
    client.delete_change_set(**name)
    if is_new:
        client.delete_stack(StackName=name["StackName"])


def settled(client: "CloudFormationClient", stack: Stack) -> dict[str, Any] | None:
    """Wait until no update of a stack is in progress; return it, or None if it does not exist or is only planned."""
    found = deployed(client, [stack], _POLL_SECONDS).get(stack.stack_name)
    return None if found is None or found["StackStatus"] in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"} else found


def reasons(client: "CloudFormationClient", stack: Stack) -> str:
    """Return the reasons of the failures among a stack's last events."""
    events = client.describe_stack_events(StackName=stack.stack_name)["StackEvents"]
    return "\n".join(
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED") and "ResourceStatusReason" in event
    )


def ensure_bucket() -> None:
    """Create the bucket of artefacts, unless it exists."""
    client = boto3.client("s3")
    try:
        client.head_bucket(Bucket=BUCKET)
    except ClientError:
        client.create_bucket(Bucket=BUCKET)


def upload(s3: Any, stack: Stack, content: bytes, suffix: str) -> str:
    """Store content under its hash, and return the key."""
    key = f"{stack.stack_name}/{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return key


def make(stack: Stack, name: str, code: Path, artefact: Path, variables: dict[str, str]) -> None:
    """Build one function with the rule of its Makefile that SAM CLI would call (BuildMethod: makefile).

    Raises:
        DeploymentFailed: the rule is missing, or it fails; the message contains its last output.
    """
    artefact.mkdir()
    command: list[str | Path] = ["make", "--no-print-directory", "--directory", code, f"build-{name}"]
    try:
        run(command, **variables, ARTIFACTS_DIR=str(artefact))
    except ProgramFailed as failure:
        message = f"{stack.name}: make build-{name} fails in {code}. See its output above."
        raise DeploymentFailed(f"{failure.last(_LAST_LINES)}\n\n{message}") from None


def zipped(folder: Path) -> bytes:
    """Return a zip of a folder's files. The same content makes the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = path.stat().st_mode << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
