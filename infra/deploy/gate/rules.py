"""Rules that cfn-lint does not check: CloudFormation's and API Gateway's quotas, lengths of names, IAM, and production.

Each rule yields findings for one template as written, or for one rendering of it. The quotas' source, for each service:
https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import parliament

from infra.deploy.gate.render import Setting
from infra.deploy.gate.values import Template, resolved

# Named with a stream, as in SAM's own policy of a stream's reader, though IAM's reference scopes it to no resource.
UNSCOPED = {"dynamodb:ListStreams"}
# The local cloud authorises it on every resource or none.
UNSCOPED_LOCALLY = "ssm:GetParametersByPath"


class Finding(NamedTuple):
    """A fault of a template.

    Attributes:
        rule: cfn-lint's rule, or a name of ours.
        resource: the resource's logical id; empty for the template.
        place: the property, as a path; empty for the resource.
        message: the fault and its correction.
    """

    rule: str
    resource: str
    place: str
    message: str


MAX_RESOURCES, MAX_OUTPUTS, MAX_PARAMETERS, MAX_TEMPLATE_BYTES = 500, 200, 200, 1_000_000
MAX_ROUTES, MAX_INTEGRATIONS, MAX_AUTHORIZERS, MAX_SCOPES = 300, 300, 10, 10
MAX_INLINE_POLICIES, MAX_TRUST_POLICY, MAX_KEY_POLICY, MAX_MANAGED_POLICY = 10_240, 2_048, 32_768, 6_144
# Parliament's issues of actions that a pattern includes although no template uses them.
OF_PATTERNS = frozenset({"RESOURCE_MISMATCH", "RESOURCE_STAR", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"})
MAX_VARIABLES_BYTES = 4_096
# The longest name where cfn-lint allows a longer one, by type and property.
LENGTHS = {
    ("AWS::SSM::Parameter", "Name"): 1_011,
    ("AWS::DynamoDB::Table", "TableName"): 255,
    ("AWS::ApiGatewayV2::Api", "Name"): 128,
}
KEPT = {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::Cognito::UserPool"}
TABLES = {
    "DeletionProtectionEnabled": "",
    "PointInTimeRecoverySpecification": "PointInTimeRecoveryEnabled",
    "SSESpecification": "SSEEnabled",
}


def nulls(template: Template) -> Iterator[Finding]:
    """Find null members, which CloudFormation refuses; an unquoted comma inside {braces} makes one."""
    yield from _nulls(template, ())


def _nulls(value: Any, path: tuple[str, ...]) -> Iterator[Finding]:
    if value is None:
        resource = path[1] if path[:1] == ("Resources",) else ""
        yield Finding(
            "null", resource, "/".join(path[2:] if resource else path), "Give the member a value, or quote it"
        )
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from _nulls(member, (*path, str(name)))


def quotas(template: Template, _: Setting) -> Iterator[Finding]:
    """Find counts and sizes over AWS's quotas."""
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    counts = {
        "resources": (len(kinds), MAX_RESOURCES),
        "outputs": (len(template.get("Outputs", {})), MAX_OUTPUTS),
        "parameters": (len(template.get("Parameters", {})), MAX_PARAMETERS),
        "bytes": (len(json.dumps(template)), MAX_TEMPLATE_BYTES),
        "routes": (kinds.count("AWS::ApiGatewayV2::Route"), MAX_ROUTES),
        "integrations": (kinds.count("AWS::ApiGatewayV2::Integration"), MAX_INTEGRATIONS),
        "authorizers": (kinds.count("AWS::ApiGatewayV2::Authorizer"), MAX_AUTHORIZERS),
    }
    for name, (count, most) in counts.items():
        if count > most:
            yield Finding("quota", "", name, f"{count} {name}, at most {most}")
    for logical_id, properties in of_type(template, "AWS::ApiGatewayV2::Route"):
        if len(properties.get("AuthorizationScopes", [])) > MAX_SCOPES:
            yield Finding("quota", logical_id, "AuthorizationScopes", f"At most {MAX_SCOPES} scopes a route")
    for logical_id, properties in of_type(template, "AWS::Lambda::Function"):
        variables = properties.get("Environment", {}).get("Variables", {})
        if len(json.dumps(variables)) > MAX_VARIABLES_BYTES:
            yield Finding("quota", logical_id, "Environment", f"At most {MAX_VARIABLES_BYTES} bytes of variables")


def names(template: Template, _: Setting) -> Iterator[Finding]:
    """Find names that are too long."""
    for (kind, name), most in LENGTHS.items():
        for logical_id, properties in of_type(template, kind):
            text = resolved(properties.get(name, ""), template)
            if isinstance(text, str) and len(text) > most:
                yield Finding("name length", logical_id, name, f"{len(text)} characters, at most {most}: {text}")


def policies(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find policies that are too large, too wide, or name unknown actions."""
    for logical_id, properties in of_type(template, "AWS::IAM::ManagedPolicy"):
        document = resolved(properties["PolicyDocument"], template)
        if _size(document) > MAX_MANAGED_POLICY:
            yield Finding("policy size", logical_id, "PolicyDocument", f"At most {MAX_MANAGED_POLICY} characters")
        yield from _unknown(logical_id, document, OF_PATTERNS)
    attached = of_type(template, "AWS::IAM::Policy")
    for logical_id, properties in attached:
        document = resolved(properties["PolicyDocument"], template)
        yield from _wide(logical_id, document)
        yield from _unknown(logical_id, document)
    for logical_id, properties in of_type(template, "AWS::IAM::Role"):
        inline = [*properties.get("Policies", []), *(one for _, one in attached if {"Ref": logical_id} in one["Roles"])]
        size = sum(_size(resolved(one["PolicyDocument"], template)) for one in inline)
        if size > MAX_INLINE_POLICIES:
            yield Finding("policy size", logical_id, "Policies", f"{size} characters, at most {MAX_INLINE_POLICIES}")
        trust = properties.get("AssumeRolePolicyDocument", {})
        if _size(resolved(trust, template)) > MAX_TRUST_POLICY:
            yield Finding(
                "policy size", logical_id, "AssumeRolePolicyDocument", f"At most {MAX_TRUST_POLICY} characters"
            )
        for one in properties.get("Policies", []):
            document = resolved(one["PolicyDocument"], template)
            judged = {"Statement": [it for it in document["Statement"] if _is_judged(it, setting)]}
            yield from _wide(logical_id, judged)
            yield from _unknown(logical_id, judged)
    for logical_id, properties in of_type(template, "AWS::KMS::Key"):
        if _size(resolved(properties.get("KeyPolicy", {}), template)) > MAX_KEY_POLICY:
            yield Finding("policy size", logical_id, "KeyPolicy", f"At most {MAX_KEY_POLICY} characters")


def kept(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find data that production would lose with its stack, or by mistake."""
    if setting.parameters.get("Stage") != "prod":
        return
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] in KEPT:
            if not str(resource.get("DeletionPolicy", "")).startswith("Retain"):
                yield Finding("kept", logical_id, "DeletionPolicy", "Keep it without its stack: RetainExceptOnCreate")
            if resource.get("UpdateReplacePolicy") != "Retain":
                yield Finding("kept", logical_id, "UpdateReplacePolicy", "Keep it when an update replaces it: Retain")
    for logical_id, properties in of_type(template, "AWS::DynamoDB::Table"):
        for place, member in TABLES.items():
            value = properties.get(place, False)
            if (value.get(member) if isinstance(value, dict) else value) is not True:
                yield Finding("kept", logical_id, place, f"Set {member or place} to true")


def public(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find origins of developers in production."""
    if setting.parameters.get("Stage") != "prod":
        return
    for logical_id, properties in of_type(template, "AWS::ApiGatewayV2::Api"):
        origins = json.dumps(resolved(properties.get("CorsConfiguration", {}), template))
        if "localhost" in origins or '"*"' in origins:
            yield Finding("origins", logical_id, "CorsConfiguration", "Name the origins of the stage's own pages")


def authorized(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find routes without a scope in the setting that closes all public routes, and routes without JWT elsewhere."""
    for logical_id, properties in of_type(template, "AWS::ApiGatewayV2::Route"):
        is_open = properties.get("AuthorizationType", "NONE") == "NONE"
        if is_open and setting.parameters.get("PublicRoutes") == "scoped":
            yield Finding("open route", logical_id, "AuthorizationType", "Require a scope where PublicRoutes is scoped")
        if not is_open and not properties.get("AuthorizationScopes"):
            yield Finding("open route", logical_id, "AuthorizationScopes", "Name the scope")


RENDERED: tuple[Callable[[Template, Setting], Iterator[Finding]], ...] = (
    quotas,
    names,
    policies,
    kept,
    public,
    authorized,
)


def of_type(template: Template, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the properties of the resources of one type, by logical id."""
    found = template["Resources"].items()
    return [(name, resource.get("Properties", {})) for name, resource in found if resource["Type"] == kind]


def _size(document: Any) -> int:
    """Return the characters of a policy as IAM counts them: without white space."""
    return len(re.sub(r"\s", "", json.dumps(document, separators=(",", ":"))))


def _is_judged(statement: Any, setting: Setting) -> bool:
    return setting.parameters.get("Stage") != "local" or statement.get("Action") != UNSCOPED_LOCALLY


def _wide(logical_id: str, document: Any) -> Iterator[Finding]:
    for statement in document["Statement"]:
        if statement.get("Effect") != "Allow":
            continue
        wide = [action for action in listed(statement.get("Action", [])) if action == "*" or action.endswith(":*")]
        if wide:
            yield Finding("wide policy", logical_id, "Policies", f"Name the actions instead of {', '.join(wide)}")
        if "*" in listed(statement.get("Resource", [])) and "Condition" not in statement:
            yield Finding("wide policy", logical_id, "Policies", "Name the resources instead of *, or add a condition")


def _unknown(logical_id: str, document: Any, ignored: frozenset[str] = frozenset()) -> Iterator[Finding]:
    analysed = parliament.analyze_policy_string(json.dumps({"Version": "2012-10-17", **document}))
    for finding in analysed.findings:
        if finding.issue == "RESOURCE_MISMATCH":
            finding.detail = [one for one in finding.detail if one["action"] not in UNSCOPED]
            if not finding.detail:
                continue
        if finding.issue in ignored:
            continue
        yield Finding(f"parliament {finding.issue}", logical_id, "Policies", f"{finding.detail or finding.title}")


def listed(value: Any) -> list[Any]:
    """Return one or several members of a policy as a list."""
    return value if isinstance(value, list) else [value]
