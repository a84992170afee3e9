"""Creates tables and keys in moto from the services' templates, so that tests and templates cannot drift apart."""

from pathlib import Path
from typing import Any

import boto3

from infra.templates import load, resources

# What CreateTable takes under the same name as CloudFormation.
_OF_A_TABLE = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_table(template: Path, logical_id: str = "Table") -> str:
    """Create the template's table and return its name."""
    properties = resources(load(template), "AWS::DynamoDB::Table")[logical_id]
    request: dict[str, Any] = {name: properties[name] for name in _OF_A_TABLE if name in properties}
    name = f"{template.parent.name}-{logical_id}"
    boto3.client("dynamodb").create_table(TableName=name, **request)
    return name


def create_key(template: Path, logical_id: str) -> str:
    """Create the template's KMS key and return its ARN."""
    properties = resources(load(template), "AWS::KMS::Key")[logical_id]
    answer = boto3.client("kms").create_key(KeySpec=properties["KeySpec"], KeyUsage=properties["KeyUsage"])
    return str(answer["KeyMetadata"]["Arn"])
