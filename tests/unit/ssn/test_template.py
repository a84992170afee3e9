"""What the service's own template allows its function: IAM does the masking, not code."""

from typing import Any

from infra.templates import ROOT, load, resources

TEMPLATE = load(ROOT / "functions" / "ssn" / "template.yaml")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def named(resource: dict[str, Any]) -> str:
    """The logical id of a resource, with its stream if that is meant; the event bus."""
    match resource:
        case {"Fn::GetAtt": [name, "StreamArn"]}:
            return f"{name} stream"
        case {"Fn::GetAtt": [name, _]}:
            return str(name)
        case {"Fn::Sub": str(arn)} if arn.endswith(":event-bus/${EventBusName}"):
            return "event bus"
        case {"Fn::Sub": str(arn)} if arn.startswith("${") and ".Arn}:*" in arn:
            return arn[2:].partition(".")[0]
        case {"Fn::Sub": str(arn)} if arn.endswith(":alarm:*"):
            return "alarms"
    raise AssertionError(resource)


def permissions(role: str) -> dict[str, set[str]]:
    """Each allowed action of a role with the logical ids of its resources."""
    own = resources(TEMPLATE, "AWS::IAM::Role")[role]["Policies"]
    attached = [one for one in resources(TEMPLATE, "AWS::IAM::Policy").values() if one["Roles"] == [{"Ref": role}]]
    allowed: dict[str, set[str]] = {}
    for policy in [*own, *attached]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in listed(statement["Action"]):
                ids = {named(resource) for resource in listed(statement["Resource"])}
                allowed.setdefault(action, set()).update(ids)
    return {action: ids for action, ids in allowed.items() if not action.startswith("logs:")}


INDEX = {"IndexKey1", "IndexKey2"}


def test_the_ordinary_function_seals_with_both_keys_and_opens_the_last_four_alone() -> None:
    assert permissions("Role") == {
        "dynamodb:GetItem": {"Table", "Keyring"},
        "dynamodb:PutItem": {"Table", "Keyring", "Audit"},
        "dynamodb:UpdateItem": {"Table"},
        "dynamodb:DeleteItem": {"Table", "Keyring"},
        "dynamodb:Query": {"Table", "Audit", "Justifications"},
        "kms:GenerateDataKey": {"NumberKey", "Last4Key"},
        "kms:Decrypt": {"Last4Key"},
        "kms:GenerateMac": {*INDEX, "SigningKey"},
    }


def test_the_reveal_function_opens_full_numbers_and_can_neither_seal_nor_recognise_nor_delete_any() -> None:
    assert permissions("RevealRole") == {
        "dynamodb:GetItem": {"Table", "Keyring", "Justifications"},
        "dynamodb:PutItem": {"Table", "Audit", "Justifications"},
        "dynamodb:UpdateItem": {"Table"},
        "kms:Decrypt": {"NumberKey"},
        "kms:GenerateMac": {"SigningKey"},
    }


def test_the_forwarder_reads_no_number_and_no_key() -> None:
    assert permissions("ForwarderRole") == {
        "dynamodb:DescribeStream": {"EventsTable stream"},
        "dynamodb:GetRecords": {"EventsTable stream"},
        "dynamodb:GetShardIterator": {"EventsTable stream"},
        "dynamodb:ListStreams": {"EventsTable stream"},
        "dynamodb:Query": {"EventsTable"},
        "dynamodb:BatchWriteItem": {"EventsTable"},
        "events:PutEvents": {"event bus"},
        "sqs:SendMessage": {"ForwarderFailures"},
    }


def test_the_consumer_shreds_keys_and_opens_no_number() -> None:
    assert permissions("ConsumerRole") == {
        "sqs:ReceiveMessage": {"ConsumerQueue"},
        "sqs:DeleteMessage": {"ConsumerQueue"},
        "sqs:GetQueueAttributes": {"ConsumerQueue"},
        "dynamodb:GetItem": {"Table", "Keyring"},
        "dynamodb:PutItem": {"Table", "Audit", "EventsTable"},
        "dynamodb:DeleteItem": {"Table", "Keyring"},
        "dynamodb:Query": {"Table"},
        "kms:GenerateMac": {"SigningKey"},
    }


def test_maintenance_is_a_role_of_no_function_and_the_only_one_that_scans() -> None:
    roles = resources(TEMPLATE, "AWS::IAM::Role")
    assert [role for role in roles if "dynamodb:Scan" in permissions(role)] == ["MaintenanceRole"]
    functions = resources(TEMPLATE, "AWS::Serverless::Function").values()
    assert {function["Role"]["Fn::GetAtt"][0] for function in functions} == {
        "Role",
        "RevealRole",
        "ForwarderRole",
        "ConsumerRole",
    }


def test_the_audit_is_put_and_read_and_nothing_else_by_any_role() -> None:
    for role in resources(TEMPLATE, "AWS::IAM::Role"):
        on_the_audit = {action for action, ids in permissions(role).items() if "Audit" in ids}
        assert on_the_audit <= {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"}


def test_the_keys_that_encrypt_are_rotated_and_those_that_mark_have_versions() -> None:
    keys = resources(TEMPLATE, "AWS::KMS::Key")
    assert {name: (key["KeySpec"], key.get("EnableKeyRotation", False)) for name, key in keys.items()} == {
        "NumberKey": ("SYMMETRIC_DEFAULT", True),
        "Last4Key": ("SYMMETRIC_DEFAULT", True),
        "IndexKey1": ("HMAC_256", False),
        "IndexKey2": ("HMAC_256", False),
        "SigningKey": ("HMAC_256", False),
    }


def test_each_encryption_key_is_used_by_two_roles_only() -> None:
    keys = resources(TEMPLATE, "AWS::KMS::Key")
    for name, role in {"NumberKey": "RevealRole", "Last4Key": "Role"}.items():
        administration, denial = keys[name]["KeyPolicy"]["Statement"]
        assert administration["Action"] == "kms:*"
        assert denial["Effect"] == "Deny"
        in_aws = [one for one in denial["Condition"]["ArnNotLike"]["aws:PrincipalArn"] if "Fn::GetAtt" in one]
        assert in_aws == [{"Fn::GetAtt": [role, "Arn"]}, {"Fn::GetAtt": ["MaintenanceRole", "Arn"]}]


def test_maintenance_trusts_named_operators_with_mfa() -> None:
    (trust,) = resources(TEMPLATE, "AWS::IAM::Role")["MaintenanceRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnEquals"] == {"aws:PrincipalArn": {"Fn::Split": [",", {"Ref": "Operators"}]}}
    assert trust["Condition"]["Bool"]["Fn::If"][0] == "IsLocal"
    assert trust["Condition"]["Bool"]["Fn::If"][2] == {"aws:MultiFactorAuthPresent": "true"}


def test_what_expires_is_deleted() -> None:
    tables = resources(TEMPLATE, "AWS::DynamoDB::Table")
    ttl = {name: table.get("TimeToLiveSpecification") for name, table in tables.items()}
    expiring = {"AttributeName": "expires_at", "Enabled": True}
    assert ttl == {
        "Table": expiring,
        "Keyring": None,
        "Audit": None,
        "Justifications": expiring,
        "EventsTable": expiring,
    }


def test_the_keyring_forgets_within_a_day_and_the_data_does_not() -> None:
    tables = resources(TEMPLATE, "AWS::DynamoDB::Table")
    for keys in ("Keyring", "Justifications"):
        assert tables[keys]["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] == 1
    assert tables["Table"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_services_scopes_are_those_of_the_api() -> None:
    (server,) = resources(TEMPLATE, "AWS::Cognito::UserPoolResourceServer").values()
    assert server["Identifier"] == "ssn"
    names = [scope["ScopeName"] for scope in server["Scopes"]]
    assert names == ["read", "write", "erase", "verify", "lookup", "reveal", "export", "audit"]
