"""Conversion of models to DynamoDB items and back."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def attributes(model: BaseModel) -> dict[str, Any]:
    """Return a model's members as attribute values, without those that are None."""
    return {name: _value(member) for name, member in model.model_dump(mode="json", exclude_none=True).items()}


def members(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's attributes as plain values."""
    return {name: _plain(value) for name, value in item.items()}


def _value(plain: Any) -> dict[str, Any]:
    """Return an attribute value of a JSON value. No model stores fractions or null.

    boto3's TypeSerializer would add 20 ms to a cold start.
    """
    match plain:
        case str():
            return {"S": plain}
        case bool():
            return {"BOOL": plain}
        case int():
            return {"N": str(plain)}
        case dict():
            return {"M": {name: _value(member) for name, member in plain.items()}}
        case list():
            return {"L": [_value(member) for member in plain]}
    raise TypeError(f"no attribute value for a {type(plain).__name__}")


def _plain(value: Mapping[str, Any]) -> Any:
    [(kind, content)] = value.items()
    match kind:
        case "S" | "BOOL" | "B":
            return content
        case "N":
            return int(content)
        case "M":
            return members(content)
        case "L":
            return [_plain(member) for member in content]
    raise TypeError(f"no model has attributes of type {kind}")
