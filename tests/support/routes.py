"""What templates declare at the gateway, as data, and as routes and integrations in moto."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

from infra.templates import load, resources, routes

# What CreateIntegration takes under the same name as CloudFormation.
_OF_AN_INTEGRATION = ("IntegrationType", "IntegrationUri", "PayloadFormatVersion", "TimeoutInMillis", "Description")
_PSEUDO_PARAMETERS = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True, order=True)
class Route:
    """A route: method, path, and the scopes that open it."""

    method: str
    path: str
    scopes: tuple[str, ...]


def defaults(template: Mapping[str, Any]) -> dict[str, str]:
    """The default of every parameter that has one."""
    parameters = template.get("Parameters", {}).items()
    return {name: str(parameter["Default"]) for name, parameter in parameters if "Default" in parameter}


def substituted(value: Any, names: Mapping[str, str]) -> Any:
    """A value with its Ref or Sub resolved by these names; anything else stays as it is."""
    if isinstance(value, dict) and "Ref" in value:
        return names[value["Ref"]]
    if isinstance(value, dict) and "Fn::Sub" in value:
        return re.sub(r"\$\{([^}]+)\}", lambda name: names[name[1]], value["Fn::Sub"])
    return value


def declared(route: Mapping[str, Any]) -> Route:
    """A route as its template has it."""
    method, _, path = route["RouteKey"].partition(" ")
    return Route(method, path, tuple(sorted(route.get("AuthorizationScopes", []))))


def deploy(path: Path, client: ApiGatewayV2Client, api_id: str, **parameters: str) -> None:
    """Create a template's integrations and routes in an API.

    Args:
        path: of the template.
        client: of moto.
        api_id: the API.
        parameters: of the template; those that are left out have their defaults.
    """
    template = load(path)
    names = {**_PSEUDO_PARAMETERS, **defaults(template), **parameters}
    for function in resources(template, "AWS::Serverless::Function"):
        names[f"{function}.Arn"] = f"arn:aws:lambda:us-east-1:123456789012:function:{function}"
    for integration, properties in resources(template, "AWS::ApiGatewayV2::Integration").items():
        request = {name: substituted(properties[name], names) for name in _OF_AN_INTEGRATION if name in properties}
        names[integration] = client.create_integration(ApiId=api_id, **request)["IntegrationId"]
    for properties in routes(template, parameters).values():
        client.create_route(
            ApiId=api_id,
            RouteKey=properties["RouteKey"],
            Target=substituted(properties["Target"], names),
            AuthorizationType=properties.get("AuthorizationType", "NONE"),
            AuthorizationScopes=properties.get("AuthorizationScopes", []),
        )
