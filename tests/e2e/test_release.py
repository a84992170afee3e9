"""A release is undone, and an alarm reaches its subscriber."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from infra.bootstrap import ROOT
from infra.local.system import TOPIC
from tests.e2e.changes import command, commands
from tests.e2e.target import Target

pytestmark = pytest.mark.needs("own_cloud")


def test_a_service_moves_back_to_the_version_before(target: Target, clients: Callable[[str], Any]) -> None:
    functions = clients("cloudformation").list_stack_resources(StackName="dossier-local-profile")
    (name,) = [
        each["PhysicalResourceId"]
        for each in functions["StackResourceSummaries"]
        if each["ResourceType"] == "AWS::Lambda::Function"
    ]
    aws = clients("lambda")

    def live() -> str:
        version: str = aws.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        return version

    before = live()
    aws.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    broken = aws.publish_version(FunctionName=name)["Version"]
    aws.update_alias(FunctionName=name, Name="live", FunctionVersion=broken)
    commands(target, ROOT)("rollback", "--service", "profile")
    assert live() == before != broken
    assert httpx.get(f"{target.url}/health/profile", timeout=20, trust_env=False).status_code == 200


def test_an_alarm_reaches_its_subscriber(target: Target, clients: Callable[[str], Any]) -> None:
    failed = command(target, ROOT, "alarm-test", "--service", "ssn")
    assert failed.returncode == 1
    assert "has no confirmed subscription" in failed.stderr
    sqs, sns = clients("sqs"), clients("sns")
    queue = sqs.create_queue(QueueName="on-call")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [anybody]})})
    topic = f"arn:aws:sns:us-east-1:000000000000:{TOPIC}"
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    try:
        commands(target, ROOT)("alarm-test", "--service", "ssn")
        (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
        assert "make alarm-test" in message["Body"]
    finally:
        sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=queue)
