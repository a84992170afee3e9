"""Models of stored data, made from those of requests. A field is declared once, with its rules for requests."""

from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Field, create_model

from functions.shared.plain.values import RequestBody


@cache
def stored(model: type[RequestBody]) -> type[BaseModel]:
    """Return the model of stored data: the same members, without the rules that only requests must follow.

    Stored data stays readable after a rule has changed. The name of `NewAddress` becomes `Address`.
    """
    name = model.__name__.removeprefix("New")
    members: dict[str, Any] = {
        member: (
            without_rules(field.annotation),
            Field(field.default, description=field.description, examples=field.examples),
        )
        for member, field in model.model_fields.items()
    }
    return create_model(name, __doc__=f"{name} as it is stored and returned.", **members)


def without_rules(annotation: Any) -> Any:
    """Return a type without its constraints and validators."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return without_rules(arguments[0])
    if origin in {Union, UnionType}:
        return reduce(or_, map(without_rules, arguments))
    if origin is not None:
        return origin[tuple(map(without_rules, arguments))]
    return stored(annotation) if issubclass(annotation, RequestBody) else annotation
