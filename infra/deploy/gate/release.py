"""Rules for seeing a fault and undoing a release: alarms of functions and queues, canaries, budgets' topics."""

import json
from collections.abc import Callable, Iterator

from infra.deploy.gate.render import Setting
from infra.deploy.gate.rules import Finding, of_type
from infra.deploy.gate.values import Template

# Metrics of a function that an alarm watches.
WATCHED = {"Errors", "Throttles", "Duration"}
# What ministack refuses, with the whole template, unless a condition excludes it.
UNKNOWN_LOCALLY = ("AWS::CodeDeploy::", "AWS::CloudWatch::CompositeAlarm", "AWS::Budgets::")
FAILED_STARTS = ("Runtime.ImportModuleError", "Runtime.OutOfMemory", "Runtime.ExitError")


def alarms(template: Template, _: Setting) -> Iterator[Finding]:
    """Find functions, logs of functions and dead-letter queues that no alarm watches."""
    watched = {
        (alarm.get("MetricName"), json.dumps(one["Value"]))
        for _, alarm in of_type(template, "AWS::CloudWatch::Alarm")
        for one in alarm.get("Dimensions", [])
    }
    for logical_id, properties in of_type(template, "AWS::Lambda::Function"):
        for metric in sorted(WATCHED):
            if (metric, json.dumps({"Ref": logical_id})) not in watched:
                yield Finding("alarms", logical_id, metric, f"Add an alarm on {metric} of AWS/Lambda")
        logs = properties.get("LoggingConfig", {}).get("LogGroup")
        if not any(
            _finds_failed_starts(one)
            for _, one in of_type(template, "AWS::Logs::MetricFilter")
            if one["LogGroupName"] == logs
        ):
            yield Finding("alarms", logical_id, "LoggingConfig", f"Count {', '.join(FAILED_STARTS)} in its log")
    for logical_id in dead_letters(template):
        name = json.dumps({"Fn::GetAtt": [logical_id, "QueueName"]})
        if ("ApproximateNumberOfMessagesVisible", name) not in watched:
            yield Finding("alarms", logical_id, "QueueName", "Add an alarm on ApproximateNumberOfMessagesVisible")


def composite(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find alarms that reach nobody in production: without a topic, and in no composite alarm with one."""
    if setting.parameters.get("Stage") != "prod":
        return
    rules = [
        json.dumps(one["AlarmRule"])
        for _, one in of_type(template, "AWS::CloudWatch::CompositeAlarm")
        if one.get("AlarmActions")
    ]
    for logical_id, properties in of_type(template, "AWS::CloudWatch::Alarm"):
        if not properties.get("AlarmActions") and not any(f"${{{logical_id}}}" in rule for rule in rules):
            yield Finding("alarm", logical_id, "AlarmActions", "Send the alarm to a topic, or name it in ServiceAlarm")


def canary(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find aliases that production moves without a canary, and CodeDeploy where nothing is released gradually."""
    is_gradual = setting.parameters.get("Canary") == "true"
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Alias" and is_gradual and "UpdatePolicy" not in resource:
            yield Finding("canary", logical_id, "UpdatePolicy", "Add a DeploymentPreference with Enabled: !Ref Canary")
        if resource["Type"] == "AWS::CodeDeploy::DeploymentGroup":
            if not is_gradual:
                yield Finding("canary", logical_id, "Type", "Only Enabled: !Ref Canary excludes CodeDeploy")
            if not resource["Properties"].get("AlarmConfiguration", {}).get("Alarms"):
                yield Finding("canary", logical_id, "AlarmConfiguration", "Name the alarms that move requests back")


def local(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find resources that the local cloud refuses."""
    for logical_id, resource in template["Resources"].items():
        if setting.parameters.get("Stage") == "local" and resource["Type"].startswith(UNKNOWN_LOCALLY):
            yield Finding("local", logical_id, "Type", "Exclude the resource with the condition IsDeployed")


def written(template: Template) -> Iterator[Finding]:
    """Find releases that SAM makes gradual whatever the setting: it takes an `Fn::If` for true."""
    for logical_id, properties in of_type(template, "AWS::Serverless::Function"):
        enabled = properties.get("DeploymentPreference", {}).get("Enabled", {"Ref": "Canary"})
        if enabled != {"Ref": "Canary"}:
            yield Finding("canary", logical_id, "DeploymentPreference/Enabled", "Write Enabled: !Ref Canary")


RENDERED: tuple[Callable[[Template, Setting], Iterator[Finding]], ...] = (alarms, composite, canary, local)


def dead_letters(template: Template) -> set[str]:
    """Return the queues to which other queues, or event sources, send what they cannot deliver."""
    targets = [json.dumps(resource.get("Properties", {})) for resource in template["Resources"].values()]
    return {
        logical_id
        for logical_id, _ in of_type(template, "AWS::SQS::Queue")
        if any(
            f'{place}": {{"Fn::GetAtt": ["{logical_id}", "Arn"]}}' in text
            for text in targets
            for place in ("deadLetterTargetArn", "Destination", 'DeadLetterConfig": {"Arn')
        )
    }


def _finds_failed_starts(properties: Template) -> bool:
    return all(error in properties["FilterPattern"] for error in FAILED_STARTS)
