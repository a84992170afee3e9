"""Rules that compare a template with infra/deploy/account: the deployer's permissions, and the boundary of roles.

AWS's schema of each resource type lists the permissions with which CloudFormation creates, reads, changes and deletes
it. The lists include features that no template uses; `UNUSED` excludes these.
"""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra.bootstrap import ROOT
from infra.deploy.gate.render import Setting
from infra.deploy.gate.rules import Finding, listed, of_type
from infra.deploy.gate.values import Template
from infra.templates import load, resources

ACCOUNT = ROOT / "infra" / "deploy" / "account" / "template.yaml"
DEPLOYER = ("DeployStacks", "DeployResources")
# The prefix of a service's actions, where it is not the service's name in the type.
SERVICES = {"ApiGatewayV2": "apigateway", "Cognito": "cognito-idp"}
# Permissions in AWS's schemas that a deployer of these templates does not need, by reason.
UNUSED = (
    # reads or writes data, which CloudFormation does only for imports and replicas
    *(
        "dynamodb:*Item",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:*Replica",
        "dynamodb:*Import*",
        "dynamodb:Import*",
    ),
    # streams to Kinesis, and Contributor Insights
    *("dynamodb:*Kinesis*", "dynamodb:*ContributorInsights"),
    # handlers name these, but they are no actions of IAM
    *("apigateway:TagResource", "apigateway:UntagResource"),
    # other principals than roles, managed policies, and boundaries that are removed
    *("iam:*GroupPolicy", "iam:*UserPolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
    "iam:DeleteRolePermissionsBoundary",
    # code signing, capacity providers, provisioned concurrency, layers, durable functions
    *("lambda:*CodeSigningConfig", "lambda:PassCapacityProvider", "lambda:*ProvisionedConcurrencyConfig"),
    *("lambda:GetLayerVersion", "lambda:*ScalingConfig", "lambda:AssociateRuntimeAlias"),
    # encryption, data protection, indexes and vended delivery of log groups
    *("logs:*KmsKey", "logs:*DataProtectionPolicy", "logs:*IndexPolicy", "logs:PutBearerTokenAuthentication"),
    *("events:PutPermission", "events:RemovePermission"),
    # servers; the aliases of functions need none
    "codedeploy:RegisterOnPremisesInstance",
    # objects, tables of metadata
    *("s3:*Object", "s3:*ObjectAcl", "s3:*Metadata*"),
)


def deployer(template: Template, _: Setting) -> Iterator[Finding]:
    """Find types of resources that a deployer with the account's policies could not create, change or delete."""
    first = {resource["Type"]: logical_id for logical_id, resource in reversed(template["Resources"].items())}
    granted = (*allowed(*DEPLOYER), *UNUSED)
    # An administrator makes managed policies.
    first.pop("AWS::IAM::ManagedPolicy", None)
    for kind, logical_id in first.items():
        if missing := sorted(action for action in needed(kind) if not _matches(action, granted)):
            yield Finding("deployer", logical_id, "Type", f"infra/deploy/account lacks {', '.join(missing)}")


def boundary(template: Template, setting: Setting) -> Iterator[Finding]:
    """Find roles without a boundary in production, and permissions of roles that the boundary removes."""
    for logical_id, properties in of_type(template, "AWS::IAM::Role"):
        if setting.parameters.get("Stage") == "prod" and "PermissionsBoundary" not in properties:
            yield Finding("boundary", logical_id, "PermissionsBoundary", "Add the boundary that RoleBoundary names")
    within = allowed("Boundary")
    for logical_id, properties in of_type(template, "AWS::IAM::Role") + of_type(template, "AWS::IAM::Policy"):
        policies = properties.get("Policies", [properties])
        statements = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]
        actions = {action for one in statements for action in listed(one.get("Action", []))}
        if outside := sorted(action for action in actions if not _matches(action, within)):
            yield Finding("boundary", logical_id, "Policies", f"infra/deploy/account allows no {', '.join(outside)}")


RENDERED: tuple[Callable[[Template, Setting], Iterator[Finding]], ...] = (deployer, boundary)


@cache
def allowed(*policies: str) -> tuple[str, ...]:
    """Return the actions, or patterns of them, that managed policies of the account's template allow."""
    managed = resources(load(ACCOUNT), "AWS::IAM::ManagedPolicy")
    statements = [one for name in policies for one in managed[name]["PolicyDocument"]["Statement"]]
    return tuple(action for one in statements for action in listed(one["Action"]))


@cache
def needed(kind: str) -> frozenset[str]:
    """Return the permissions of the type's own service that CloudFormation needs for a type."""
    try:
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
    except ResourceNotFoundError:
        # cfn-lint finds an unknown type.
        return frozenset()
    every = {action for name, one in handlers.items() if name != "list" for action in one.get("permissions", [])}
    name = kind.split("::")[1]
    return frozenset(action for action in every if action.startswith(f"{SERVICES.get(name, name.lower())}:"))


def _matches(action: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)
