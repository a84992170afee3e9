"""The test of alarms: each call is checked against botocore's model."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.deploy import alarms
from infra.deploy.stacks import DeploymentFailed
from tests.support.stubs import stubbed

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
COMPOSITE = {"AlarmName": "dossier-prod-customer", "AlarmActions": [TOPIC]}
METRIC = {"AlarmName": "dossier-prod-customer-ErrorsAlarm-1", "AlarmActions": [TOPIC]}


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stubber]]:
    """Clients that reach nothing, by service."""
    with stubbed(monkeypatch, "cloudwatch", "sns") as stubs:
        yield stubs


def find(stubs: dict[str, Stubber], prefix: str, **found: Any) -> None:
    expected = {"AlarmNamePrefix": prefix, "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]}
    stubs["cloudwatch"].add_response("describe_alarms", found, expected)


def subscribe(stubs: dict[str, Stubber], *arns: str) -> None:
    subscriptions = [{"SubscriptionArn": arn} for arn in arns]
    stubs["sns"].add_response("list_subscriptions_by_topic", {"Subscriptions": subscriptions}, {"TopicArn": TOPIC})


def test_the_composite_alarm_is_raised_and_lowered(stubs: dict[str, Stubber]) -> None:
    find(stubs, "dossier-prod-customer", CompositeAlarms=[COMPOSITE], MetricAlarms=[METRIC])
    subscribe(stubs, f"{TOPIC}:1", "PendingConfirmation")
    for state in ("ALARM", "OK"):
        expected = {"AlarmName": "dossier-prod-customer", "StateValue": state, "StateReason": alarms.REASON}
        stubs["cloudwatch"].add_response("set_alarm_state", {}, expected)
    assert alarms.raise_alarm("prod", "customer").startswith("dossier-prod-customer sent a message to 1 ")


def test_an_alarm_that_nobody_receives_is_a_failure(stubs: dict[str, Stubber]) -> None:
    find(stubs, "dossier-prod-", MetricAlarms=[METRIC])
    subscribe(stubs, "PendingConfirmation")
    with pytest.raises(DeploymentFailed, match="no confirmed subscription"):
        alarms.raise_alarm("prod", "")


def test_a_stage_without_a_topic_is_a_failure(stubs: dict[str, Stubber]) -> None:
    find(stubs, "dossier-prod-", MetricAlarms=[{**METRIC, "AlarmActions": []}])
    with pytest.raises(DeploymentFailed, match="1 alarms start with dossier-prod-, and none is sent"):
        alarms.raise_alarm("prod", "")
