"""Models as DynamoDB has them, and back."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def attributes(model: BaseModel) -> dict[str, Any]:
    """A model's members as attribute values; those that are None are left out."""
    return {name: _serialize(value) for name, value in model.model_dump(mode="json", exclude_none=True).items()}


def members(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's attributes as plain values; numbers are Decimal, so pass them through a model."""
    return {name: _deserialize(value) for name, value in item.items()}
