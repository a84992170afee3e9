"""Faults of releases, alarms and permissions that the gate must find."""

from tests.gate.fault import CREDIT, CUSTOMER, GATEWAY, SSN, Fault, Template, properties, statement


def kinesis(template: Template) -> None:
    """A stream, of which the account's policies allow nothing."""
    template["Resources"]["Stream"] = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}


def dead_letters(template: Template) -> None:
    """Two queues, of which the second receives what cannot be delivered from the first."""
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 3}
    template["Resources"] |= {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": redrive}},
        "DeadLetters": {"Type": "AWS::SQS::Queue"},
    }


def unnamed_in_the_composite(template: Template) -> None:
    """A composite alarm without one of its alarms."""
    rule = properties(template, "ServiceAlarm")["AlarmRule"]
    rule["Fn::Sub"] = rule["Fn::Sub"].replace(' OR ALARM("${FunctionThrottlesAlarm}")', "")


FAULTS = [
    Fault("a type that a deployer may not create", CUSTOMER, kinesis, "Stream", "Type"),
    Fault(
        "a role without a boundary in production",
        CUSTOMER,
        lambda t: properties(t, "Role").pop("PermissionsBoundary"),
        "Role",
        "PermissionsBoundary",
    ),
    Fault(
        "a permission that the boundary removes",
        CUSTOMER,
        lambda t: statement(t, "Role").update(Action="dynamodb:DeleteTable"),
        "Role",
        "Policies",
    ),
    Fault(
        "a function whose errors no alarm watches",
        CREDIT,
        lambda t: properties(t, "FunctionErrorsAlarm").update(Dimensions=[{"Name": "FunctionName", "Value": "other"}]),
        "Function",
        "Errors",
    ),
    Fault(
        "a function that may be slow without an alarm",
        SSN,
        lambda t: properties(t, "RevealDurationAlarm").update(MetricName="Invocations"),
        "RevealFunction",
        "Duration",
    ),
    Fault(
        "a function that may run out of memory without an alarm",
        GATEWAY,
        lambda t: properties(t, "FailedStarts").update(FilterPattern="Runtime.ImportModuleError"),
        "RegistryFunction",
        "LoggingConfig",
    ),
    Fault("dead letters that no alarm watches", CUSTOMER, dead_letters, "DeadLetters", "QueueName"),
    Fault(
        "an alarm that the composite alarm lacks",
        CREDIT,
        unnamed_in_the_composite,
        "FunctionThrottlesAlarm",
        "AlarmActions",
    ),
    Fault(
        "a composite alarm that is sent to nobody",
        CREDIT,
        lambda t: properties(t, "ServiceAlarm").pop("AlarmActions"),
        "FunctionErrorsAlarm",
        "AlarmActions",
    ),
    Fault(
        "a release without a canary",
        CUSTOMER,
        lambda t: properties(t, "Function").pop("DeploymentPreference"),
        "FunctionAliaslive",
        "UpdatePolicy",
    ),
    Fault(
        "a canary that no alarm stops",
        CUSTOMER,
        lambda t: properties(t, "Function")["DeploymentPreference"].pop("Alarms"),
        "FunctionDeploymentGroup",
        "AlarmConfiguration",
    ),
    Fault(
        "CodeDeploy where an Fn::If disables it",
        CUSTOMER,
        lambda t: properties(t, "Function")["DeploymentPreference"].update(
            Enabled={"Fn::If": ["IsProduction", True, False]}
        ),
        "Function",
        "DeploymentPreference/Enabled",
        "local",
    ),
    Fault(
        "a composite alarm in the local cloud",
        CUSTOMER,
        lambda t: t["Resources"]["ServiceAlarm"].pop("Condition"),
        "ServiceAlarm",
        "Type",
        "local",
    ),
]
