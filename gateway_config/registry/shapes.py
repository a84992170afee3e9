"""The shape of an OpenAPI 3.1 document, as far as the registry keeps one.

A document that has another shape is refused as a whole. What the models do not name is dropped: servers, security and
links of a service's own among it, so that no reader of the merged document sends a token elsewhere.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]+$")]
Object = dict[str, JsonValue]


class Shape(BaseModel):
    """A part of a document; what it does not name is dropped."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)

    def raw(self) -> Object:
        """The part as it was sent, less what was dropped."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class Reference(Shape, extra="forbid"):
    """Stands for a component."""

    ref: Annotated[str, Field(alias="$ref")]
    summary: str = ""
    description: str = ""


class Parameter(Shape, extra="allow"):
    """A parameter of an operation."""

    name: str
    place: Annotated[str, Field(alias="in", pattern="^(path|query|header|cookie)$")]


class RequestBody(Shape, extra="allow"):
    """A body that an operation takes."""

    content: dict[str, Object]


class Response(Shape):
    """An answer of an operation, without its links, which may lead to other servers."""

    description: str
    headers: dict[str, Object] = {}
    content: dict[str, Object] = {}


Parameters = list[Reference | Parameter]
Status = Annotated[str, Field(pattern=r"^([1-5]([0-9]{2}|XX)|default)$")]


class Operation(Shape):
    """An operation, without its security: the route table knows better."""

    operation_id: str = ""
    summary: str = ""
    description: str = ""
    deprecated: bool = False
    parameters: Parameters = []
    request_body: Reference | RequestBody | None = None
    responses: Annotated[dict[Status, Reference | Response], Field(min_length=1)]


def identity(parameter: Object) -> tuple[JsonValue, ...]:
    """What no two parameters of an operation have in common."""
    return tuple(parameter.get(member) for member in ("$ref", "in", "name"))


class PathItem(Shape):
    """The operations of a path."""

    parameters: Parameters = []
    get: Operation | None = None
    put: Operation | None = None
    post: Operation | None = None
    delete: Operation | None = None
    options: Operation | None = None
    head: Operation | None = None
    patch: Operation | None = None

    def operations(self) -> dict[str, Object]:
        """The operations by method, in lower case, each with the parameters of the path that it has not of its own."""
        found = self.raw()
        shared: Any = found.pop("parameters", [])
        operations: dict[str, Any] = {method: operation for method, operation in found.items() if operation}
        for operation in operations.values():
            parameters = [*shared, *operation.get("parameters", [])]
            operation["parameters"] = list({identity(parameter): parameter for parameter in parameters}.values())
        return operations


class ScopeTexts(Shape):
    """What a flow of OAuth tells of each scope."""

    scopes: dict[str, str] = {}


class Flows(Shape):
    """OAuth's flows, of which services use one."""

    client_credentials: ScopeTexts = ScopeTexts()


class SecurityScheme(Shape):
    """How callers are known; of which only the texts of scopes are kept."""

    flows: Flows = Flows()


class Components(Shape):
    """What operations refer to."""

    schemas: dict[Name, Object | bool] = {}
    responses: dict[Name, Reference | Response] = {}
    parameters: dict[Name, Reference | Parameter] = {}
    request_bodies: dict[Name, Reference | RequestBody] = {}
    examples: dict[Name, Object] = {}
    headers: dict[Name, Object] = {}
    security_schemes: dict[str, SecurityScheme] = {}


class Info(Shape):
    """What a document says of itself."""

    title: str
    version: str
    description: str = ""


class Document(Shape):
    """A service's document."""

    openapi: Annotated[str, Field(pattern=r"^3\.1\.[0-9]+$")]
    info: Info
    paths: dict[Annotated[str, Field(pattern="^/")], PathItem]
    components: Components = Components()

    def definitions(self) -> dict[str, JsonValue]:
        """The components by what refers to them, such as `#/components/schemas/Customer`."""
        kinds: dict[str, Any] = self.components.raw()
        return {
            f"#/components/{kind}/{name}": definition
            for kind, named in kinds.items()
            for name, definition in named.items()
            if kind != "securitySchemes"
        }

    def scopes(self) -> dict[str, str]:
        """What it tells of each scope."""
        schemes = self.components.security_schemes.values()
        return {name: text for scheme in schemes for name, text in scheme.flows.client_credentials.scopes.items()}


# What makes a reader look elsewhere: JSON Schema's members, and an example's.
_LEADING = {"$ref", "$dynamicRef", "$recursiveRef", "$id", "externalValue"}


def references(value: JsonValue) -> Iterator[str]:
    """Every reference in a part of a document, those of discriminators included."""
    match value:
        case list():
            for member in value:
                yield from references(member)
        case {"propertyName": str(), "mapping": dict(mapping)}:
            targets = [target for target in mapping.values() if isinstance(target, str)]
            yield from (target if "/" in target else f"#/components/schemas/{target}" for target in targets)
        case dict():
            for name, member in value.items():
                if name in _LEADING and isinstance(member, str):
                    yield member
                else:
                    yield from references(member)
