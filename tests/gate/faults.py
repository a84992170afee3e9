"""Faults that the gate must find, each put into a copy of a template of this project."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A fault and where the gate must find it.

    Attributes:
        name: names the fault.
        folder: of the template that it is put into.
        inject: puts it into the template.
        resource: the logical id that the finding must name; empty for the template.
        place: what the finding's property must contain.
        setting: in which the template has the fault.
    """

    name: str
    folder: str
    inject: Callable[[Template], object]
    resource: str
    place: str
    setting: str = "prod"


def properties(template: Template, resource: str) -> Template:
    """The properties of a resource."""
    found: Template = template["Resources"][resource]["Properties"]
    return found


def statement(template: Template, role: str) -> Template:
    """The first statement of a role's first policy."""
    found: Template = properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"][0]
    return found


def decryption(template: Template, key: str) -> Template:
    """The statement of a key's policy that denies decryption."""
    found: Template = properties(template, key)["KeyPolicy"]["Statement"][1]
    return found


def trust(template: Template, role: str) -> Template:
    """The first statement of a role's trust policy."""
    found: Template = properties(template, role)["AssumeRolePolicyDocument"]["Statement"][0]
    return found


def copies(template: Template, resource: str, count: int) -> None:
    """Copy a resource many times."""
    template["Resources"] |= {f"{resource}{number}": template["Resources"][resource] for number in range(count)}


CREDIT, CUSTOMER, SSN, GATEWAY = "functions/credit", "functions/customer", "functions/ssn", "gateway_config"
LONG = "x" * 70

FAULTS = [
    Fault(
        "a null member, as of an unquoted comma",
        CREDIT,
        lambda t: properties(t, "Scopes")["Scopes"][0].update({"which leaves an inquiry": None}),
        "Scopes",
        "Scopes/0",
    ),
    Fault(
        "a null property",
        CUSTOMER,
        lambda t: properties(t, "Table").update(BillingMode=None),
        "Table",
        "BillingMode",
    ),
    Fault(
        "a null in an output", CUSTOMER, lambda t: t["Outputs"]["TableName"].update(Value=None), "", "Outputs/TableName"
    ),
    Fault(
        "an unknown property",
        CUSTOMER,
        lambda t: properties(t, "Table").update(BilingMode="PAY_PER_REQUEST"),
        "Table",
        "BilingMode",
    ),
    Fault(
        "an unknown value",
        CUSTOMER,
        lambda t: properties(t, "Table").update(BillingMode="PER_REQUEST"),
        "Table",
        "BillingMode",
    ),
    Fault(
        "a value of the wrong type",
        CUSTOMER,
        lambda t: properties(t, "Logs").update(RetentionInDays="a year"),
        "Logs",
        "RetentionInDays",
    ),
    Fault(
        "a retention that CloudWatch Logs lacks",
        CUSTOMER,
        lambda t: properties(t, "Logs").update(RetentionInDays=45),
        "Logs",
        "RetentionInDays",
    ),
    Fault("a missing property", CUSTOMER, lambda t: properties(t, "Table").pop("KeySchema"), "Table", ""),
    Fault(
        "a key that no attribute defines",
        CUSTOMER,
        lambda t: properties(t, "Table")["KeySchema"][0].update(AttributeName="partition"),
        "Table",
        "",
    ),
    Fault(
        "a Ref to nothing",
        CUSTOMER,
        lambda t: properties(t, "Integration").update(ApiId={"Ref": "Api"}),
        "Integration",
        "ApiId",
    ),
    Fault(
        "a GetAtt of nothing",
        CUSTOMER,
        lambda t: properties(t, "Permission").update(SourceArn={"Fn::GetAtt": ["Table", "Nothing"]}),
        "Permission",
        "SourceArn",
    ),
    Fault(
        "a Sub of nothing",
        CUSTOMER,
        lambda t: properties(t, "Logs").update(LogGroupName={"Fn::Sub": "/dossier/${Stag}/customer"}),
        "Logs",
        "LogGroupName",
    ),
    Fault(
        "an unknown type",
        CUSTOMER,
        lambda t: t["Resources"]["Table"].update(Type="AWS::DynamoDB::Tables"),
        "Table",
        "Type",
    ),
    Fault(
        "a deprecated runtime",
        CUSTOMER,
        lambda t: properties(t, "Function").update(Runtime="python3.8"),
        "Function",
        "Runtime",
    ),
    Fault(
        "a timeout over Lambda's",
        CUSTOMER,
        lambda t: properties(t, "Function").update(Timeout=901),
        "Function",
        "Timeout",
    ),
    Fault(
        "a memory size under Lambda's",
        CUSTOMER,
        lambda t: properties(t, "Function").update(MemorySize=64),
        "Function",
        "MemorySize",
    ),
    Fault(
        "a condition that is not defined",
        SSN,
        lambda t: t["Resources"]["ErrorsAlarm"]["Properties"].update(
            AlarmActions={"Fn::If": ["Nobody", ["a"], {"Ref": "AWS::NoValue"}]}
        ),
        "",
        "",
    ),
    Fault(
        "a function without code",
        CUSTOMER,
        lambda t: [properties(t, "Function").pop("CodeUri"), properties(t, "Function").pop("InlineCode", None)],
        "Function",
        "",
    ),
    Fault(
        "a role's name over 64 characters in the longest stage",
        CUSTOMER,
        lambda t: properties(t, "Role").update(RoleName={"Fn::Sub": "dossier-${Stage}-" + "x" * 44}),
        "Role",
        "RoleName",
        "longest stage name",
    ),
    Fault(
        "an alias's name over 128 characters",
        CUSTOMER,
        lambda t: properties(t, "Function").update(AutoPublishAlias="x" * 129),
        "",
        "",
    ),
    Fault(
        "a domain over 63 characters in the longest stage",
        GATEWAY,
        lambda t: properties(t, "UserPoolDomain").update(Domain={"Fn::Sub": "${Stage}-" + "x" * 50}),
        "UserPoolDomain",
        "Domain",
        "longest stage name",
    ),
    Fault("more than 500 resources", CUSTOMER, lambda t: copies(t, "Permission", 500), "", "resources"),
    Fault("more than 300 routes", CUSTOMER, lambda t: copies(t, "ReadRoute", 300), "", "routes"),
    Fault(
        "more than ten scopes on a route",
        CUSTOMER,
        lambda t: properties(t, "ReadRoute").update(AuthorizationScopes=[f"customers/{n}" for n in range(11)]),
        "ReadRoute",
        "AuthorizationScopes",
    ),
    Fault(
        "a policy over 10,240 characters",
        CUSTOMER,
        lambda t: statement(t, "Role").update(
            Resource=[{"Fn::Sub": f"arn:aws:dynamodb:us-east-1:123456789012:table/{LONG}{n}"} for n in range(110)]
        ),
        "Role",
        "Policies",
    ),
    Fault(
        "every action of a service",
        CUSTOMER,
        lambda t: statement(t, "Role").update(Action="dynamodb:*"),
        "Role",
        "Policies",
    ),
    Fault("every resource", CUSTOMER, lambda t: statement(t, "Role").update(Resource="*"), "Role", "Policies"),
    Fault(
        "an action that IAM lacks",
        CUSTOMER,
        lambda t: statement(t, "Role").update(Action=["dynamodb:GetItems"]),
        "Role",
        "Policies",
    ),
    Fault(
        "an action on a resource of another kind",
        CUSTOMER,
        lambda t: statement(t, "Role").update(Action=["kms:Decrypt"], Resource="arn:aws:s3:::bucket"),
        "Role",
        "Policies",
    ),
    Fault(
        "a table that is deleted in production",
        CUSTOMER,
        lambda t: t["Resources"]["Table"].update(DeletionPolicy="Delete"),
        "Table",
        "DeletionPolicy",
    ),
    Fault(
        "logs that are deleted in production",
        SSN,
        lambda t: t["Resources"]["Logs"].update(DeletionPolicy="Delete"),
        "Logs",
        "DeletionPolicy",
    ),
    Fault(
        "a table without deletion protection",
        CREDIT,
        lambda t: properties(t, "Table").update(DeletionProtectionEnabled=False),
        "Table",
        "DeletionProtectionEnabled",
    ),
    Fault(
        "a table without point-in-time recovery",
        CREDIT,
        lambda t: properties(t, "Table").pop("PointInTimeRecoverySpecification"),
        "Table",
        "PointInTimeRecovery",
    ),
    Fault(
        "a table without encryption by KMS",
        SSN,
        lambda t: properties(t, "Keyring").pop("SSESpecification"),
        "Keyring",
        "SSESpecification",
    ),
    Fault(
        "every origin in production",
        GATEWAY,
        lambda t: properties(t, "Api")["CorsConfiguration"].update(AllowOrigins=["*"]),
        "Api",
        "CorsConfiguration",
    ),
    Fault(
        "an alarm that is sent to nobody",
        SSN,
        lambda t: properties(t, "ErrorsAlarm").pop("AlarmActions"),
        "ErrorsAlarm",
        "AlarmActions",
    ),
    Fault(
        "a route that stays open where all must be scoped",
        CUSTOMER,
        lambda t: properties(t, "HealthRoute").update(AuthorizationType="NONE"),
        "HealthRoute",
        "AuthorizationType",
        "scoped",
    ),
    Fault(
        "a route that needs a token but no scope",
        CUSTOMER,
        lambda t: properties(t, "ReadRoute").pop("AuthorizationScopes"),
        "ReadRoute",
        "AuthorizationScopes",
    ),
    Fault(
        "a key that every role of the account may decrypt with",
        SSN,
        lambda t: properties(t, "NumberKey")["KeyPolicy"]["Statement"].pop(1),
        "NumberKey",
        "KeyPolicy",
    ),
    Fault(
        "a key that a role outside the stack may decrypt with",
        SSN,
        lambda t: decryption(t, "Last4Key")["Condition"]["ArnNotLike"]["aws:PrincipalArn"].append("*"),
        "Last4Key",
        "KeyPolicy",
    ),
    Fault(
        "a key whose data keys another key may re-encrypt",
        SSN,
        lambda t: decryption(t, "NumberKey").update(Action="kms:Decrypt"),
        "NumberKey",
        "KeyPolicy",
    ),
    Fault(
        "a key that nobody can administer, by denial",
        SSN,
        lambda t: decryption(t, "NumberKey").update(Action=["kms:Decrypt", "kms:ReEncryptFrom", "kms:PutKeyPolicy"]),
        "NumberKey",
        "KeyPolicy",
    ),
    Fault(
        "a key that nobody can administer, by omission",
        SSN,
        lambda t: properties(t, "SigningKey")["KeyPolicy"]["Statement"][0].update(Action="kms:GenerateMac"),
        "SigningKey",
        "KeyPolicy",
    ),
    Fault(
        "a role that the whole account may assume",
        SSN,
        lambda t: trust(t, "MaintenanceRole")["Condition"].pop("ArnEquals"),
        "MaintenanceRole",
        "AssumeRolePolicyDocument",
    ),
    Fault(
        "a role that people assume without MFA",
        SSN,
        lambda t: trust(t, "MaintenanceRole")["Condition"].pop("Bool"),
        "MaintenanceRole",
        "AssumeRolePolicyDocument",
        "dev",
    ),
    Fault(
        "a key of every resource in a policy outside a role",
        SSN,
        lambda t: properties(t, "KeysPolicy")["PolicyDocument"]["Statement"][0].update(Resource="*"),
        "KeysPolicy",
        "Policies",
    ),
]
