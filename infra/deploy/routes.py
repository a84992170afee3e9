"""Checks of a stack's routes before its deployment: each request has one owner, and only public routes lack a scope."""

from typing import Any

import boto3
from pydantic import BaseModel, ValidationError

from gateway_config.registry.models import REGISTRY, Registration
from gateway_config.registry.public import may_be_public
from infra.deploy.settings import stage_parameters
from infra.deploy.stacks import GATEWAY, PUBLIC_ROUTES, DeploymentFailed, Stack
from infra.templates import load, resources, routes


class _Named(BaseModel):
    """The owner in a Description. A deployment can correct a live Description that lacks the other members."""

    service: str


def check(stack: Stack, owners: dict[str, str]) -> None:
    """Refuse a stack that would take requests of the owners of other live routes, or whose routes need no token.

    Raises:
        DeploymentFailed: the message names the route and its owners.
        TemplateBroken: the template is not valid.
    """
    template = load(stack.template)
    some_are_open = stage_parameters(stack.stage).get(PUBLIC_ROUTES) != "scoped"
    own = REGISTRY if stack.name == GATEWAY else stack.name
    for name, integration in resources(template, "AWS::ApiGatewayV2::Integration").items():
        owner = introduced(written(integration.get("Description")), Registration)
        if owner != own:
            raise DeploymentFailed(
                f"The Description of the integration {name} in {stack.template} names {owner}. Write it as JSON with "
                f"service ({own}), version, owner and docs."
            )
    for name, route in routes(template, stack.parameters).items():
        key = route.get("RouteKey")
        if not isinstance(key, str):
            raise DeploymentFailed(f"The RouteKey of {name} in {stack.template} must be plain text, such as GET /v1/a.")
        for other, other_owner in owners.items():
            if other_owner != own and overlap(key, other):
                raise DeploymentFailed(
                    f"{own} cannot have the route {key}: it would take requests of {other}, which belongs to "
                    f"{other_owner}. "
                    "Change the path of one of them."
                )
        if not is_closed(stack, route) and not (some_are_open and may_be_public(key)):
            raise DeploymentFailed(
                f"The route {key} of {own} is open to everybody. Add AuthorizationScopes, a list of plain texts, "
                f"and the gateway's JWT authorizer, !Ref {authorizer(stack)}."
            )


def is_closed(stack: Stack, route: dict[str, Any]) -> bool:
    """Return whether a route requires a scope, and has the gateway's authorizer, which checks it."""
    scopes = route.get("AuthorizationScopes")
    plain = isinstance(scopes, list) and all(isinstance(scope, str) and scope.strip() for scope in scopes)
    is_checked = (route.get("AuthorizationType"), route.get("AuthorizerId")) == ("JWT", {"Ref": authorizer(stack)})
    return bool(scopes) and plain and is_checked


def authorizer(stack: Stack) -> str:
    """Return the name of the gateway's authorizer in a template."""
    return "Authorizer" if stack.name == GATEWAY else "AuthorizerId"


def live_owners(stage: str) -> dict[str, str]:
    """Return the owner of each live route of a stage, by its key; nothing without a gateway."""
    ssm = boto3.client("ssm")
    try:
        api_id = ssm.get_parameter(Name=f"/dossier/{stage}/gateway/api-id")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return {}
    client = boto3.client("apigatewayv2")
    integrations: dict[str, str] = {}
    for integration_page in client.get_paginator("get_integrations").paginate(ApiId=api_id):
        for item in integration_page["Items"]:
            integrations[item["IntegrationId"]] = introduced(item.get("Description", ""))
    owners = {}
    for route_page in client.get_paginator("get_routes").paginate(ApiId=api_id):
        for route in route_page["Items"]:
            integration_id = route.get("Target", "").rpartition("/")[2]
            owners[route["RouteKey"]] = integrations.get(integration_id, "a service without an integration")
    return owners


def written(description: Any) -> str:
    """Return the text of a Description in a template. Parameters of `Fn::Sub` are inside JSON's quotes."""
    match description:
        case str(text) | {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            return text
        case _:
            return ""


def introduced(description: str, shape: type[_Named | Registration] = _Named) -> str:
    """Return the service in an integration's Description, if this has a shape."""
    try:
        return shape.model_validate_json(description).service
    except ValidationError:
        return "a service without a name"


def overlap(one: str, other: str) -> bool:
    """Return whether two route keys match the same request."""
    if "$default" in {one, other}:
        return True
    method, _, path = one.partition(" ")
    other_method, _, other_path = other.partition(" ")
    if method != other_method and "ANY" not in {method, other_method}:
        return False
    segments, others = path.split("/"), other_path.split("/")
    for segment, another in zip(segments, others, strict=False):
        if segment.endswith("+}") or another.endswith("+}"):
            return True
        if segment != another and not segment.startswith("{") and not another.startswith("{"):
            return False
    return len(segments) == len(others)
