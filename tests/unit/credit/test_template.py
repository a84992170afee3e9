"""Permissions of the Credit Score Service's roles, in its template."""

from typing import Any

from infra.templates import ROOT, load, resources

TEMPLATE = load(ROOT / "functions" / "credit" / "template.yaml")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def permissions(role: str) -> dict[str, set[str]]:
    """Return each allowed action of a role with the logical ids of its resources."""
    allowed: dict[str, set[str]] = {}
    attached = [one for one in resources(TEMPLATE, "AWS::IAM::Policy").values() if one["Roles"] == [{"Ref": role}]]
    for policy in [*resources(TEMPLATE, "AWS::IAM::Role")[role]["Policies"], *attached]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in listed(statement["Action"]):
                ids = {one["Fn::GetAtt"][0] for one in listed(statement["Resource"]) if "Fn::GetAtt" in one}
                allowed.setdefault(action, set()).update(ids)
    return {action: ids for action, ids in allowed.items() if not action.startswith("logs:")}


def test_the_ordinary_function_seals_retained_records_and_can_neither_read_nor_open_them() -> None:
    assert permissions("Role") == {
        "dynamodb:ConditionCheckItem": {"Table"},
        "dynamodb:DeleteItem": {"Table"},
        "dynamodb:GetItem": {"Table"},
        "dynamodb:PutItem": {"Table", "Retained"},
        "dynamodb:Query": {"Table"},
        "dynamodb:UpdateItem": {"Table"},
        "kms:Encrypt": {"RetainedKey"},
        "kms:GenerateMac": {"SigningKey"},
    }


def test_only_the_function_for_retained_records_opens_them_and_it_reaches_nothing_else() -> None:
    assert permissions("RetainedRole") == {
        "dynamodb:Query": {"Retained"},
        "dynamodb:PutItem": {"RetainedReads"},
        "kms:Decrypt": {"RetainedKey"},
        "kms:GenerateMac": {"SigningKey"},
    }
    roles = resources(TEMPLATE, "AWS::IAM::Role")
    assert [role for role in roles if "kms:Decrypt" in permissions(role)] == ["RetainedRole"]


def test_no_role_reads_or_changes_the_reads_of_retained_records() -> None:
    for role in resources(TEMPLATE, "AWS::IAM::Role"):
        actions = {action for action, ids in permissions(role).items() if "RetainedReads" in ids}
        assert actions <= {"dynamodb:PutItem"}


def test_retained_records_expire() -> None:
    ttl = resources(TEMPLATE, "AWS::DynamoDB::Table")["Retained"]["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "expires_at", "Enabled": True}


def test_the_key_of_retained_records_is_rotated() -> None:
    assert resources(TEMPLATE, "AWS::KMS::Key")["RetainedKey"]["EnableKeyRotation"] is True
