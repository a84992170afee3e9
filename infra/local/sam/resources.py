"""Creates the resources of a template that functions use, in the AWS of the environment (moto's)."""

import re
from typing import Any

import boto3

from infra.templates import resources, routes

_OF_A_TABLE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")

# Values by logical id and attribute. `Ref` is an attribute too.
Created = dict[str, dict[str, str]]


def create_resources(template: dict[str, Any]) -> Created:
    """Create a template's tables and keys, and the route table of its API."""
    created: Created = {}
    for name, properties in resources(template, "AWS::DynamoDB::Table").items():
        created[name] = create_table(name, properties)
    for name, properties in resources(template, "AWS::KMS::Key").items():
        created[name] = create_key(properties)
    for name in resources(template, "AWS::ApiGatewayV2::Api"):
        created[name] = create_api(name, template)
    return created


def create_table(name: str, properties: dict[str, Any]) -> dict[str, str]:
    """Create a table from its properties in a template."""
    request: dict[str, Any] = {key: properties[key] for key in _OF_A_TABLE if key in properties}
    made = boto3.client("dynamodb").create_table(TableName=name, **request)["TableDescription"]
    return {"Ref": made["TableName"], "Arn": made["TableArn"]}


def create_key(properties: dict[str, Any]) -> dict[str, str]:
    """Create a KMS key from its properties in a template."""
    made = boto3.client("kms").create_key(KeySpec=properties["KeySpec"], KeyUsage=properties["KeyUsage"])["KeyMetadata"]
    return {"Ref": made["KeyId"], "Arn": made["Arn"]}


def create_api(name: str, template: dict[str, Any]) -> dict[str, str]:
    """Create the route table of a template's API for the registry. SAM CLI itself does not read it."""
    client = boto3.client("apigatewayv2")
    api_id = client.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    targets = {}
    for integration, properties in resources(template, "AWS::ApiGatewayV2::Integration").items():
        made = client.create_integration(
            ApiId=api_id,
            IntegrationType=properties["IntegrationType"],
            PayloadFormatVersion=properties["PayloadFormatVersion"],
            Description=with_defaults(properties["Description"], template),
        )
        targets[f"integrations/${{{integration}}}"] = f"integrations/{made['IntegrationId']}"
    for properties in routes(template).values():
        client.create_route(
            ApiId=api_id,
            RouteKey=properties["RouteKey"],
            Target=targets[properties["Target"]["Fn::Sub"]],
            AuthorizationType=properties.get("AuthorizationType", "NONE"),
            AuthorizationScopes=properties.get("AuthorizationScopes", []),
        )
    return {"Ref": api_id}


def with_defaults(text: dict[str, str], template: dict[str, Any]) -> str:
    """Return the result of `!Sub` with the parameters' defaults."""
    parameters = template["Parameters"]
    return re.sub(r"\$\{(\w+)\}", lambda found: str(parameters[found[1]]["Default"]), text["Fn::Sub"])
