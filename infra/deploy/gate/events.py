"""Rules for events: publishers, queues, mappings and registrations. The local cloud does not enforce most of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.deploy.gate.render import Setting
from infra.deploy.gate.rules import Finding, listed, of_type
from infra.deploy.gate.values import Template, resolved

PUT_EVENTS = "events:PutEvents"
PUBLISHED = {"events:source", "events:detail-type"}
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
TIMEOUTS = 6
PARTIAL = "ReportBatchItemFailures"
# Bounds of a stream's retries. Without them, one record stops its shard for a day.
BOUNDS = {
    "MaximumRetryAttempts": "Bound the retries",
    "MaximumRecordAgeInSeconds": "Bound the age of records",
    "BisectBatchOnFunctionError": "Bisect a batch that fails",
    "DestinationConfig": "Name a destination for batches that fail",
}


def publishers(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find roles that may publish events of other services, and sources that other roles may use."""
    for logical_id, properties in of_type(template, "AWS::IAM::Role"):
        for policy in properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if PUT_EVENTS not in listed(statement.get("Action", [])):
                    continue
                conditions = _conditions(statement, "StringEquals", "StringEqualsIfExists")
                for key in sorted(PUBLISHED - conditions.keys()):
                    yield Finding("publisher", logical_id, "Policies", f"Limit {PUT_EVENTS} by {key}")
                # The local cloud has no policies of buses.
                is_local = setting.parameters.get("Stage") == "local"
                if not is_local and not any(
                    _denies(policy, conditions, logical_id) for policy in _bus_policies(template)
                ):
                    yield Finding("publisher", logical_id, "Policies", "Deny its events:source to others on the bus")


def queues(template: Template, _: Setting) -> Iterator[Finding]:
    """Find queues that accept messages of others than a rule of the template."""
    allowed: set[str] = set()
    for logical_id, properties in of_type(template, "AWS::SQS::QueuePolicy"):
        allowed |= {queue["Ref"] for queue in properties["Queues"]}
        for statement in properties["PolicyDocument"]["Statement"]:
            if statement["Effect"] != "Allow":
                continue
            sources = _conditions(statement, "ArnEquals", "StringEquals").get("aws:SourceArn", [])
            if not sources or not all(_is_rule(template, source) for source in sources):
                yield Finding("queue policy", logical_id, "PolicyDocument", "Allow the ARN of a rule in aws:SourceArn")
    for logical_id, properties in of_type(template, "AWS::Events::Rule"):
        for target in properties.get("Targets", []):
            for queue in (target["Arn"], target.get("DeadLetterConfig", {}).get("Arn")):
                name = _named(queue)
                if _type(template, name) == "AWS::SQS::Queue" and name not in allowed:
                    yield Finding("queue policy", logical_id, "Targets", f"Allow the rule in a policy of {name}")


def mappings(template: Template, _: Setting) -> Iterator[Finding]:
    """Find mappings that lose messages, deliver them again too early, or retry without a bound."""
    for logical_id, properties in of_type(template, "AWS::Lambda::EventSourceMapping"):
        if PARTIAL not in properties.get("FunctionResponseTypes", []):
            yield Finding("mapping", logical_id, "FunctionResponseTypes", f"Set {PARTIAL}")
        source, attribute = properties["EventSourceArn"]["Fn::GetAtt"]
        if attribute == "StreamArn":
            for name, action in BOUNDS.items():
                if properties.get(name) in (None, False, -1):
                    yield Finding("mapping", logical_id, name, action)
            continue
        queue = template["Resources"][source].get("Properties", {})
        timeout = _function(template, properties["FunctionName"]["Ref"]).get("Timeout", 3)
        if queue.get("VisibilityTimeout", 30) < TIMEOUTS * timeout:
            yield Finding(
                "mapping", source, "VisibilityTimeout", f"At least {TIMEOUTS * timeout}: {TIMEOUTS} times the timeout"
            )
        if "maxReceiveCount" not in queue.get("RedrivePolicy", {}):
            yield Finding("mapping", source, "RedrivePolicy", "Move messages that fail to a dead-letter queue")


def registrations(template: Template, _: Setting) -> Iterator[Finding]:
    """Find registrations for erasures that end before the table of the service does."""
    for logical_id, properties in of_type(template, "AWS::SSM::Parameter"):
        if "/erasure/" not in str(resolved(properties["Name"], template)):
            continue
        table = next(iter(_tables(template)), {})
        if template["Resources"][logical_id].get("DeletionPolicy") != table.get("DeletionPolicy"):
            yield Finding("registration", logical_id, "DeletionPolicy", "Keep it as long as the table of the service")


def _tables(template: Template) -> list[dict[str, Any]]:
    return [one for one in template["Resources"].values() if one["Type"] == "AWS::DynamoDB::Table"]


def _bus_policies(template: Template) -> list[Mapping[str, Any]]:
    return [properties["Statement"] for _, properties in of_type(template, "AWS::Events::EventBusPolicy")]


def _denies(statement: Mapping[str, Any], conditions: Mapping[str, list[Any]], role: str) -> bool:
    """Return whether a bus policy denies the sources of a role to all other principals."""
    return (
        (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        and PUT_EVENTS in listed(statement["Action"])
        and _conditions(statement, "StringEquals").get("events:source") == conditions.get("events:source")
        and _conditions(statement, "ArnNotEquals").get("aws:PrincipalArn") == [{"Fn::GetAtt": [role, "Arn"]}]
    )


def _conditions(statement: Mapping[str, Any], *operators: str) -> dict[str, list[Any]]:
    """Return the values of each condition key of a statement under one of the operators."""
    found: dict[str, list[Any]] = {}
    for operator in operators:
        for key, value in statement.get("Condition", {}).get(operator, {}).items():
            found[key] = listed(value)
    return found


def _is_rule(template: Template, arn: Any) -> bool:
    return _type(template, _named(arn)) == "AWS::Events::Rule"


def _named(arn: Any) -> str:
    """Return the logical id of the resource whose ARN a value is; empty for another value."""
    match arn:
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
    return ""


def _type(template: Template, logical_id: str) -> str:
    return str(template["Resources"].get(logical_id, {}).get("Type", ""))


def _function(template: Template, alias: str) -> dict[str, Any]:
    """Return the properties of an alias's function."""
    name = template["Resources"][alias]["Properties"]["FunctionName"]["Ref"]
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


RENDERED = (publishers, queues, mappings, registrations)
