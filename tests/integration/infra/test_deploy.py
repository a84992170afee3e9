"""Deploying: two commands at once do not build in one folder."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from pathlib import Path
from threading import Event

import boto3

from infra.bootstrap import ROOT
from infra.deploy.deployment import deploy
from infra.deploy.sam import Deployer
from infra.deploy.stacks import INPUTS, Stack


class Said(io.StringIO):
    """What was printed, and word of it when somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = Event()

    def write(self, text: str) -> int:
        """Print, and tell."""
        if "Waiting for another command" in text:
            self.waiting.set()
        return super().write(text)


def deployed_ssn() -> Stack:
    """A stack that is deployed as it is in this checkout."""
    stack = Stack("ssn", ROOT / "functions" / "ssn" / "template.yaml", "dev", {})
    boto3.client("cloudformation").create_stack(
        StackName=stack.stack_name,
        TemplateBody=json.dumps(
            {"Parameters": {INPUTS: {"Type": "String"}}, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        ),
        Parameters=[{"ParameterKey": INPUTS, "ParameterValue": stack.inputs()}],
    )
    return stack


def test_a_second_command_waits_for_the_first_and_says_so(moto_aws: None, tmp_path: Path) -> None:
    del moto_aws
    stack, build, said = deployed_ssn(), tmp_path / "dev", Said()
    with redirect_stderr(said), ThreadPoolExecutor(1) as elsewhere:
        with Deployer(build).alone():
            second = elsewhere.submit(deploy, [stack], Deployer(build))
            assert said.waiting.wait(10)
            assert "unchanged" not in said.getvalue()
        second.result(10)
    assert "ssn                  unchanged" in said.getvalue()


def test_the_temporary_folders_of_a_killed_command_are_removed_before_a_deployment(
    moto_aws: None, tmp_path: Path
) -> None:
    del moto_aws
    (tmp_path / "dev" / "tmp" / "tmp1").mkdir(parents=True)
    deploy([deployed_ssn()], Deployer(tmp_path / "dev"))
    assert not (tmp_path / "dev" / "tmp").exists()
