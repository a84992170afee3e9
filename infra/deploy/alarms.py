"""A test of a stage's alarms: raises one for a moment, so that its message reaches the people who subscribed to it."""

from typing import Any

import boto3

from infra.deploy.stacks import DeploymentFailed

REASON = "make alarm-test: a test, no action is needed"


def raise_alarm(stage: str, service: str) -> str:
    """Raise an alarm of a stage and lower it again; return its name and the number of its subscribers.

    Args:
        stage: of the alarms.
        service: name of the service; empty for the first alarm of the stage that is sent.

    Raises:
        DeploymentFailed: no alarm is sent to a topic, or nobody has subscribed to it.
    """
    cloudwatch = boto3.client("cloudwatch")
    alarm = sent_alarm(cloudwatch, f"dossier-{stage}-{service}")
    (topic, *_) = alarm["AlarmActions"]
    subscribers = boto3.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    confirmed = [one for one in subscribers if one["SubscriptionArn"].startswith("arn:")]
    if not confirmed:
        raise DeploymentFailed(f"Nobody receives the alarms: {topic} has no confirmed subscription. Subscribe to it.")
    for state in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason=REASON)
    return f"{alarm['AlarmName']} sent a message to {len(confirmed)} subscribers of {topic}"


def sent_alarm(cloudwatch: Any, prefix: str) -> dict[str, Any]:
    """Return the first alarm with this prefix that is sent to a topic; composite alarms first.

    Raises:
        DeploymentFailed: there is none.
    """
    found: dict[str, Any] = cloudwatch.describe_alarms(
        AlarmNamePrefix=prefix, AlarmTypes=["CompositeAlarm", "MetricAlarm"]
    )
    alarms = [*found.get("CompositeAlarms", []), *found.get("MetricAlarms", [])]
    for alarm in alarms:
        if alarm.get("AlarmActions"):
            return dict(alarm)
    raise DeploymentFailed(
        f"{len(alarms)} alarms start with {prefix}, and none is sent to a topic. Deploy with the parameter AlarmTopic."
    )
