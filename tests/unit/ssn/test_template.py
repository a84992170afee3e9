"""What the service's own template allows its function: IAM does the masking, not code."""

from typing import Any

from infra.templates import ROOT, load, resources

TEMPLATE = load(ROOT / "functions" / "ssn" / "template.yaml")


def arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def permissions() -> dict[str, list[Any]]:
    """Each allowed action with its resources."""
    (role,) = resources(TEMPLATE, "AWS::IAM::Role").values()
    assert "ManagedPolicyArns" not in role
    allowed: dict[str, list[Any]] = {}
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in listed(statement["Action"]):
                allowed.setdefault(action, []).extend(listed(statement["Resource"]))
    return allowed


def test_the_function_makes_data_keys_with_both_keys_and_unwraps_those_of_the_last_four_alone() -> None:
    on_keys = {action: found for action, found in permissions().items() if action.startswith(("kms", "*"))}
    assert on_keys == {
        "kms:GenerateDataKey": [arn("NumberKey"), arn("Last4Key")],
        "kms:Decrypt": [arn("Last4Key")],
    }


def test_the_function_reads_and_puts_items_of_its_own_tables_and_may_do_nothing_else() -> None:
    allowed = permissions()
    assert sorted(allowed) == [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ]
    tables = [arn("Table"), arn("Keyring")]
    assert (allowed["dynamodb:GetItem"], allowed["dynamodb:PutItem"]) == (tables, tables)


def test_both_keys_are_symmetric_and_rotated() -> None:
    keys = resources(TEMPLATE, "AWS::KMS::Key")
    assert {name: (key["KeySpec"], key["EnableKeyRotation"]) for name, key in keys.items()} == {
        "NumberKey": ("SYMMETRIC_DEFAULT", True),
        "Last4Key": ("SYMMETRIC_DEFAULT", True),
    }


def test_the_keyring_forgets_within_a_day_and_the_data_does_not() -> None:
    tables = resources(TEMPLATE, "AWS::DynamoDB::Table")
    assert tables["Keyring"]["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] == 1
    assert tables["Table"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_services_scopes_are_those_of_the_api() -> None:
    (server,) = resources(TEMPLATE, "AWS::Cognito::UserPoolResourceServer").values()
    assert server["Identifier"] == "ssn"
    names = [scope["ScopeName"] for scope in server["Scopes"]]
    assert names == ["read", "write", "verify", "lookup", "reveal", "audit"]
