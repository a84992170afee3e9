"""Deploying: two commands at once do not build in one folder."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from pathlib import Path
from threading import Event

import boto3

from infra.bootstrap import ROOT
from infra.deploy import deploy
from infra.stacks import INPUTS, Stack, alone


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


def test_a_second_command_waits_for_the_first_and_says_so(moto_aws: None, tmp_path: Path) -> None:
    del moto_aws
    stack = Stack("ssn", ROOT / "functions" / "ssn" / "template.yaml", "dev", {})
    boto3.client("cloudformation").create_stack(
        StackName=stack.stack_name,
        TemplateBody=json.dumps(
            {"Parameters": {INPUTS: {"Type": "String"}}, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        ),
        Parameters=[{"ParameterKey": INPUTS, "ParameterValue": stack.inputs()}],
    )
    build, said = tmp_path / "dev", Said()
    with redirect_stderr(said), ThreadPoolExecutor(1) as elsewhere:
        with alone(build):
            second = elsewhere.submit(deploy, [stack], build)
            assert said.waiting.wait(10)
            assert "unchanged" not in said.getvalue()
        second.result(10)
    assert "ssn                  unchanged" in said.getvalue()
