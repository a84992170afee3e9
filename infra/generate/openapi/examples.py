"""Examples of request and response bodies, composed from the examples of their members."""

import re
from collections.abc import Mapping
from typing import Any


def named_examples(model: str, components: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Example Objects of the body with the component `model`, by name."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", model).lower()
    values = components[model].get("examples") or [composed(components[model], components)]
    name = words.replace(" ", "_")
    return {
        name if number == 1 else f"{name}_{number}": {"summary": words.capitalize(), "value": value}
        for number, value in enumerate(values, start=1)
    }


def composed(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    """Return the first example of a schema, or one that is made of its members' examples."""
    match schema:
        case {"examples": [first, *_]} | {"const": first} | {"enum": [first, *_]}:
            example = first
        case {"$ref": reference}:
            example = composed(components[reference.rpartition("/")[2]], components)
        case {"anyOf": choices} | {"oneOf": choices}:
            example = composed(next(choice for choice in choices if choice != {"type": "null"}), components)
        case {"type": "array", "items": items}:
            example = [composed(items, components)]
        case {"properties": members}:
            example = {name: composed(member, components) for name, member in members.items()}
        case {"type": "null"}:
            example = None
        case _:
            raise ValueError(f"Add an example to the model with {dict(schema)}")
    return example
