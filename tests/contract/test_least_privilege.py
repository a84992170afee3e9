"""What a function may do is what its own role says, name by name."""

import re
from typing import Any

from tests.support.templates import Template

# A statement names a resource of the template; a star may stand for what is inside it, such as a log's streams.
RESOURCE = re.compile(r"(arn:[^*]*)?\$\{[A-Za-z0-9]+(\.[A-Za-z]+)?\}[^*]*(:\*|/\*)?")


def statements(template: Template) -> list[dict[str, Any]]:
    """Every statement of the policies of the template's roles."""
    in_roles = [policy for role in template.of("AWS::IAM::Role").values() for policy in role["Policies"]]
    policies = [*in_roles, *template.of("AWS::IAM::Policy").values()]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [value]


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in template.functions.values()]
    assert len(set(roles)) == len(roles)
    assert set(roles) <= set(template.of("AWS::IAM::Role"))
    for function in template.functions.values():
        # SAM would add them to a role that it makes.
        assert "Policies" not in function


def test_a_role_holds_nothing_but_its_own_policies(template: Template) -> None:
    of_functions = {function["Role"]["Fn::GetAtt"][0] for function in template.functions.values()}
    for name, role in template.of("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Action"] == "sts:AssumeRole"
        # A role of no function is CodeDeploy's, or an operator's, whom the account's own IAM lets assume it.
        if name in of_functions:
            assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        else:
            assert name == "ReleaseRole" or set(trust["Principal"]) == {"AWS"}


def test_no_action_has_a_star(template: Template) -> None:
    for statement in statements(template):
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), action


def test_no_statement_is_for_every_resource(template: Template) -> None:
    for statement in statements(template):
        for written in listed(statement["Resource"]):
            resource = written
            if "Fn::If" in written:
                # The local cloud authorises this action on every resource or none.
                condition, local, resource = written["Fn::If"]
                assert (statement["Action"], condition, local) == ("ssm:GetParametersByPath", "IsLocal", "*")
            if statement["Action"] == "cloudwatch:DescribeAlarms":
                # A call without names reads all alarms.
                assert resource["Fn::Sub"].endswith(":alarm:*")
            elif "Fn::Sub" in resource:
                assert RESOURCE.fullmatch(resource["Fn::Sub"]), resource
            else:
                assert list(resource) in (["Fn::GetAtt"], ["Ref"]), resource


def test_a_function_writes_to_a_log_that_forgets(template: Template) -> None:
    logs = template.of("AWS::Logs::LogGroup")
    for function in template.functions.values():
        assert "RetentionInDays" in logs[function["LoggingConfig"]["LogGroup"]["Ref"]]


def test_every_table_is_encrypted_and_can_be_restored(template: Template) -> None:
    for table in template.of("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProduction", True, False]}
