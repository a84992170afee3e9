"""Models as DynamoDB has them, and back."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def attributes(model: BaseModel) -> dict[str, Any]:
    """A model's members as attribute values; those that are None are left out."""
    return {name: _value(member) for name, member in model.model_dump(mode="json", exclude_none=True).items()}


def members(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's attributes as plain values."""
    return {name: _plain(value) for name, value in item.items()}


def _value(plain: Any) -> dict[str, Any]:
    """An attribute value of what JSON has, but for fractions and null, which no model here stores.

    Not boto3's TypeSerializer: importing boto3 costs 20 ms of a cold start.
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
    [(kind, held)] = value.items()
    match kind:
        case "S" | "BOOL" | "B":
            return held
        case "N":
            return int(held)
        case "M":
            return members(held)
        case "L":
            return [_plain(member) for member in held]
    raise TypeError(f"no model has attributes of type {kind}")
