"""Checks a stack's routes before it is deployed: one owner a route, and a scope on every route that is not public."""

import re
from typing import Any

import boto3

from gateway_config.registry.public import may_be_public
from infra.stacks import PUBLIC_ROUTES, DeploymentFailed, Stack, stage_parameters
from infra.templates import load, resources, routes

GATEWAY = "gateway"


def check(stack: Stack, owners: dict[str, str]) -> None:
    """Refuse a stack whose routes another service has, or are open to everybody.

    Args:
        stack: what is to be deployed.
        owners: the live route table, as `live_owners` gives it.

    Raises:
        DeploymentFailed: naming the route, and both owners where there are two.
    """
    template = load(stack.template)
    some_are_open = stage_parameters(stack.stage).get(PUBLIC_ROUTES) != "scoped"
    own = service_name(stack)
    if stack.name not in {GATEWAY, own}:
        raise DeploymentFailed(
            f"functions/{stack.name} introduces itself as {own}: say {stack.name} in its integration's Description."
        )
    for route in routes(template, stack.parameters).values():
        key = route["RouteKey"]
        owner = owners.get(shape(key), own)
        if owner != own:
            raise DeploymentFailed(
                f"{own} cannot have the route {key}: it belongs to {owner}. Change the path of one of the two."
            )
        # Scopes alone close nothing: only the JWT authorizer reads them.
        closed = route.get("AuthorizationScopes") and route.get("AuthorizationType") == "JWT"
        if not closed and not (some_are_open and may_be_public(key)):
            raise DeploymentFailed(
                f"{own} leaves the route {key} open to everybody: give it AuthorizationScopes and the JWT authorizer."
            )


def service_name(stack: Stack) -> str:
    """The name that a stack's integrations introduce it by."""
    for integration in resources(load(stack.template), "AWS::ApiGatewayV2::Integration").values():
        return introduced(integration["Description"])
    return stack.name


def live_owners(stage: str) -> dict[str, str]:
    """The owner of each route that a stage's gateway has now, by the route's shape; none where there is no gateway."""
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
            owners[shape(route["RouteKey"])] = integrations.get(integration_id, "a service without an integration")
    return owners


def introduced(description: Any) -> str:
    """The service that an integration's Description names, in a template (`Fn::Sub`) or live."""
    text = description["Fn::Sub"] if isinstance(description, dict) else description
    found = re.search(r'"service":\s*"([^"]+)"', text)
    return found.group(1) if found else "a service without a name"


def shape(route_key: str) -> str:
    """A route key without the names of its parameters: two that differ in nothing else take the same requests."""
    return re.sub(r"\{[^}]*\}", "{}", route_key)
