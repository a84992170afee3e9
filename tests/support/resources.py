"""Creates tables and keys in moto from the services' templates, so that tests and templates cannot drift apart."""

from functools import cache
from pathlib import Path

from infra import templates
from infra.local.sam import resources as create
from infra.templates import resources

# Read once: that takes longer than to create what it says.
load = cache(templates.load)


def create_table(template: Path, logical_id: str = "Table") -> str:
    """Create the template's table and return its name."""
    properties = resources(load(template), "AWS::DynamoDB::Table")[logical_id]
    return create.create_table(f"{template.parent.name}-{logical_id}", properties)["Ref"]


def create_key(template: Path, logical_id: str) -> str:
    """Create the template's KMS key and return its ARN."""
    return create.create_key(resources(load(template), "AWS::KMS::Key")[logical_id])["Arn"]
