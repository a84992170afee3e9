"""Environment variables that SAM CLI passes to the functions' containers."""

import json
import os
from typing import Any

from infra.generate.compose import LOCAL_VARIABLES
from infra.local.sam.resources import Created
from infra.templates import resources

CLIENT = "sam-local"


def env_vars(template: dict[str, Any], created: Created, aws_url: str, gateway_url: str) -> dict[str, dict[str, str]]:
    """Return the values for `--env-vars` by function, with the addresses of AWS and the gateway for containers."""
    endpoint, claims = LOCAL_VARIABLES
    everything = json.dumps({"client_id": CLIENT, "scope": " ".join(scopes(template))})
    everywhere = {endpoint: aws_url, claims: os.environ.get(claims) or everything}
    found = {}
    for name, properties in resources(template, "AWS::Serverless::Function").items():
        variables = properties["Environment"]["Variables"]
        own = {variable: value for variable in variables if (value := known(variables[variable], created))}
        found[name] = everywhere | own | ({"GATEWAY_URL": gateway_url} if "GATEWAY_URL" in variables else {})
    return found


def known(value: Any, created: Created) -> str | None:
    """Return the value of a variable's `!Ref` or `!GetAtt`; None if it names no created resource."""
    match value:
        case {"Ref": name}:
            return created.get(name, {}).get("Ref")
        case {"Fn::GetAtt": [name, attribute]}:
            return created.get(name, {}).get(attribute)
    return None


def scopes(template: dict[str, Any]) -> list[str]:
    """Return every scope that a service declares."""
    servers = resources(template, "AWS::Cognito::UserPoolResourceServer").values()
    return [f"{server['Identifier']}/{scope['ScopeName']}" for server in servers for scope in server["Scopes"]]
