"""Builds and deploys stacks to the local cloud in this process: SAM CLI takes two processes and seconds for each.

The artefacts come from the same Makefiles, and the template differs from SAM CLI's only in the places of the artefacts.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.deploy.stacks import DEPLOYED_AT, INPUTS, Deployer, DeploymentFailed, Stack, deployed, now, variables
from infra.templates import load, resources

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

BUCKET = "dossier-artifacts"
FUNCTION = "AWS::Serverless::Function"
CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
# Of a zip's entries; the artefact's content alone decides its key.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# As SAM CLI marks changes.
_MARKS = {"Add": "+", "Remove": "-"}
_PENDING = {"CREATE_PENDING", "CREATE_IN_PROGRESS"}
_POLL_SECONDS = 0.1
_LAST_LINES = 30


class LocalDeployer(Deployer):
    """Builds and deploys stacks in the local cloud that the environment names."""

    at_once = 32

    def deploy(self, stack: Stack, inputs: str, *, execute: bool = True) -> str:
        """Deploy one stack that was built, or only make its change set.

        Args:
            stack: what to deploy.
            inputs: the hash that `build` returned.
            execute: False makes the change set, returns its changes, and removes it.

        Returns:
            A line for each change.

        Raises:
            DeploymentFailed: CloudFormation refuses; the message contains its reasons.
        """
        cloudformation = boto3.client("cloudformation")
        template = self._packaged(stack)
        try:
            found = settled(cloudformation, stack)
            parameters = {**stack.parameters, INPUTS: inputs, DEPLOYED_AT: now()}
            changes = ChangeSet(cloudformation, stack, is_new=found is None)
            changes.create(template, parameters, found or {})
            if execute:
                changes.execute()
            else:
                changes.remove()
        except ClientError as error:
            raise DeploymentFailed(f"{stack.name}: {error.response['Error']['Message']}") from None
        return changes.text

    def delete(self, stack: Stack) -> str:
        """Delete one stack and its artefacts.

        Raises:
            DeploymentFailed: CloudFormation refuses; the message contains its reasons.
        """
        cloudformation = boto3.client("cloudformation")
        cloudformation.delete_stack(StackName=stack.stack_name)
        failed = settled(cloudformation, stack)
        if failed is not None:
            raise DeploymentFailed(f"{stack.name} is not deleted.\n{reasons(cloudformation, stack.stack_name)}")
        bucket = boto3.resource("s3").Bucket(BUCKET)
        bucket.objects.filter(Prefix=f"{stack.stack_name}/").delete()
        return "deleted"

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
        """Upload a built stack's artefacts and its template, which names them; return the template's URL."""
        s3, folder = boto3.client("s3"), self.built(stack)
        template = load(folder / "template.yaml")
        for properties in resources(template, FUNCTION).values():
            if "CodeUri" in properties:
                content = zipped(folder / properties["CodeUri"])
                properties["CodeUri"] = {"Bucket": BUCKET, "Key": upload(s3, stack, content, "zip")}
        key = upload(s3, stack, json.dumps(template).encode(), "template")
        return f"{s3.meta.endpoint_url}/{BUCKET}/{key}"


class ChangeSet:
    """A change set of a stack.

    Attributes:
        text: a line for each change, once it is created.
    """

    def __init__(self, client: "CloudFormationClient", stack: Stack, *, is_new: bool) -> None:
        """Name a change set of a stack; `is_new` where the stack does not exist."""
        self._client = client
        self._is_new = is_new
        self._stack = stack
        self._name: Any = {"StackName": stack.stack_name, "ChangeSetName": f"dossier-{time.time_ns()}"}
        self.text = ""

    def create(self, template: str, parameters: dict[str, str], found: dict[str, Any]) -> None:
        """Create it, and wait until its changes are known.

        Args:
            template: the template's URL.
            parameters: values; another parameter keeps the value that the deployed stack has.
            found: the stack as it is deployed.

        Raises:
            DeploymentFailed: it cannot be made.
        """
        kept = {parameter["ParameterKey"] for parameter in found.get("Parameters", [])} - set(parameters)
        declared = set(load(self._stack.template).get("Parameters", {}))
        values: list[Any] = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        values += [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept & declared)]
        self._client.create_change_set(
            **self._name,
            ChangeSetType="CREATE" if self._is_new else "UPDATE",
            TemplateURL=template,
            Parameters=values,
            Tags=[{"Key": key, "Value": value} for key, value in self._stack.tags.items()],
            Capabilities=CAPABILITIES,
        )
        while (said := self._client.describe_change_set(**self._name))["Status"] in {
            "CREATE_PENDING",
            "CREATE_IN_PROGRESS",
        }:
            time.sleep(_POLL_SECONDS)
        if said["Status"] == "FAILED":
            self.remove()
            raise DeploymentFailed(f"{self._stack.name}: {said.get('StatusReason', 'its change set cannot be made')}")
        changes = [change["ResourceChange"] for change in said["Changes"]]
        self.text = "\n".join(
            f"{_MARKS.get(one['Action'], '*')} {one['Action']} {one['LogicalResourceId']} {one['ResourceType']}"
            for one in changes
        )

    def execute(self) -> None:
        """Apply the changes, and wait until the stack is settled.

        Raises:
            DeploymentFailed: a resource cannot be changed; the message contains the reasons.
        """
        self._client.execute_change_set(**self._name)
        name = self._stack.stack_name
        stack = settled(self._client, self._stack)
        if stack is None or stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentFailed(f"{self._stack.name} is not deployed.\n{reasons(self._client, name)}")

    def remove(self) -> None:
        """Remove it, and the empty stack that CloudFormation makes for a new one."""
        self._client.delete_change_set(**self._name)
        if self._is_new:
            self._client.delete_stack(StackName=self._stack.stack_name)


def make(stack: Stack, name: str, code: Path, artefact: Path, variables: dict[str, str]) -> None:
    """Build one function with the rule of its Makefile that SAM CLI would call (BuildMethod: makefile).

    Raises:
        DeploymentFailed: there is no such rule, or it fails; the message contains the last lines that it printed.
    """
    artefact.mkdir()
    run = subprocess.run(
        ["make", "--no-print-directory", "--directory", code, f"build-{name}"],
        env={**os.environ, **variables, "ARTIFACTS_DIR": str(artefact)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if run.returncode:
        last = "\n".join(run.stdout.splitlines()[-_LAST_LINES:])
        raise DeploymentFailed(f"{last}\n\n{stack.name}: make build-{name} fails in {code}, with the lines above.")


def zipped(folder: Path) -> bytes:
    """A zip of a folder's files; the same content gives the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = path.stat().st_mode << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def upload(s3: Any, stack: Stack, content: bytes, suffix: str) -> str:
    """Store content under a key that its hash names, and return the key."""
    key = f"{stack.stack_name}/{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return key


def settled(client: "CloudFormationClient", stack: Stack) -> dict[str, Any] | None:
    """Wait until no update of a stack is in progress; return it, or None where it is gone or only a change set."""
    found = deployed(client, [stack], _POLL_SECONDS).get(stack.stack_name)
    return None if found is None or found["StackStatus"] in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"} else found


def reasons(client: "CloudFormationClient", name: str) -> str:
    """The reasons of the failures among a stack's last events."""
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED") and "ResourceStatusReason" in event
    )
