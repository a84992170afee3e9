"""Checks a stack's routes before it is deployed: one owner a request, and a scope on all that is not public."""

from typing import Any

import boto3
from pydantic import BaseModel, ValidationError

from gateway_config.registry.models import REGISTRY, Registration
from gateway_config.registry.public import may_be_public
from infra.deploy.settings import stage_parameters
from infra.deploy.stacks import GATEWAY, PUBLIC_ROUTES, DeploymentFailed, Stack
from infra.templates import load, resources, routes


class _Named(BaseModel):
    """As much of a Description as tells whose it is: what is live may lack the rest, and be mended by a deployment."""

    service: str


def check(stack: Stack, owners: dict[str, str]) -> None:
    """Refuse a stack that would get requests of another service, or leaves routes open to everybody.

    Args:
        stack: what is to be deployed.
        owners: the live route table, as `live_owners` gives it.

    Raises:
        DeploymentFailed: naming the route, and both owners where there are two.
        TemplateBroken: the template cannot be understood.
    """
    template = load(stack.template)
    some_are_open = stage_parameters(stack.stage).get(PUBLIC_ROUTES) != "scoped"
    own = REGISTRY if stack.name == GATEWAY else stack.name
    for name, integration in resources(template, "AWS::ApiGatewayV2::Integration").items():
        said = introduced(written(integration.get("Description")), Registration)
        if said != own:
            raise DeploymentFailed(
                f"The Description of the integration {name} in {stack.template} names {said}. Write it as JSON with "
                f"service ({own}), version, owner and docs."
            )
    for name, route in routes(template, stack.parameters).items():
        key = route.get("RouteKey")
        if not isinstance(key, str):
            raise DeploymentFailed(f"The RouteKey of {name} in {stack.template} must be plain text, such as GET /v1/a.")
        for other, owner in owners.items():
            if owner != own and overlap(key, other):
                raise DeploymentFailed(
                    f"{own} cannot have the route {key}: it would take requests of {other}, which belongs to {owner}. "
                    "Change the path of one of them."
                )
        if not is_closed(stack, route) and not (some_are_open and may_be_public(key)):
            raise DeploymentFailed(
                f"The route {key} of {own} is open to everybody. Add AuthorizationScopes, a list of plain texts, "
                f"and the gateway's JWT authorizer, !Ref {authorizer(stack)}."
            )


def is_closed(stack: Stack, route: dict[str, Any]) -> bool:
    """Whether a route takes a scope, and the gateway's authorizer, which alone reads it."""
    scopes = route.get("AuthorizationScopes")
    plain = isinstance(scopes, list) and all(isinstance(scope, str) and scope.strip() for scope in scopes)
    asks = (route.get("AuthorizationType"), route.get("AuthorizerId")) == ("JWT", {"Ref": authorizer(stack)})
    return bool(scopes) and plain and asks


def authorizer(stack: Stack) -> str:
    """What a template calls the gateway's authorizer."""
    return "Authorizer" if stack.name == GATEWAY else "AuthorizerId"


def live_owners(stage: str) -> dict[str, str]:
    """The owner of each route that a stage's gateway has now, by the route's key; none where there is no gateway."""
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
    """A Description as a template has it, plain or in `Fn::Sub`, whose parameters stand inside JSON's quotes."""
    match description:
        case str(text) | {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            return text
        case _:
            return ""


def introduced(description: str, shape: type[_Named | Registration] = _Named) -> str:
    """The service that an integration's Description names, if it has a shape."""
    try:
        return shape.model_validate_json(description).service
    except ValidationError:
        return "a service without a name"


def overlap(one: str, other: str) -> bool:
    """Whether there are requests that two route keys could both take, whichever of them gets them."""
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
