"""What the functions are told: the environment variables that SAM CLI hands to their containers."""

import json
import os
from typing import Any

from infra.generate.compose import LOCAL_VARIABLES
from infra.local.sam.resources import Created
from infra.templates import resources

CLIENT = "sam-local"


def env_vars(template: dict[str, Any], created: Created, aws_url: str, gateway_url: str) -> dict[str, dict[str, str]]:
    """The values for `--env-vars`, by function.

    Args:
        template: the root template.
        created: the resources that exist.
        aws_url: where containers reach AWS.
        gateway_url: where they reach the gateway.
    """
    endpoint, claims = LOCAL_VARIABLES
    everything = json.dumps({"client_id": CLIENT, "scope": " ".join(scopes(template))})
    everywhere = {endpoint: aws_url, claims: os.environ.get(claims) or everything}
    told = {}
    for name, properties in resources(template, "AWS::Serverless::Function").items():
        variables = properties["Environment"]["Variables"]
        own = {variable: value for variable in variables if (value := known(variables[variable], created))}
        told[name] = everywhere | own | ({"GATEWAY_URL": gateway_url} if "GATEWAY_URL" in variables else {})
    return told


def known(value: Any, created: Created) -> str | None:
    """What a variable's `!Ref` or `!GetAtt` is, where it names a resource that was created."""
    match value:
        case {"Ref": name}:
            return created.get(name, {}).get("Ref")
        case {"Fn::GetAtt": [name, attribute]}:
            return created.get(name, {}).get(attribute)
    return None


def scopes(template: dict[str, Any]) -> list[str]:
    """Every scope that the services declare."""
    servers = resources(template, "AWS::Cognito::UserPoolResourceServer").values()
    return [f"{server['Identifier']}/{scope['ScopeName']}" for server in servers for scope in server["Scopes"]]
