"""Models of a service's OpenAPI 3.1 document.

A document that does not fit is refused as a whole. Members that the models lack are dropped. These include servers,
security and links, so that clients of the merged document never send a token to another host.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]+$")]
Object = dict[str, JsonValue]


class Shape(BaseModel):
    """A part of a document. Unknown members are dropped."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)

    def raw(self) -> Object:
        """Return the part as JSON value, without the dropped members."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class Reference(Shape, extra="forbid"):
    """A reference to a component."""

    ref: Annotated[str, Field(alias="$ref")]
    summary: str = ""
    description: str = ""


class Parameter(Shape, extra="allow"):
    """A parameter of an operation."""

    name: str
    place: Annotated[str, Field(alias="in", pattern="^(path|query|header|cookie)$")]


class RequestBody(Shape, extra="allow"):
    """A request body."""

    content: dict[str, Object]


class Response(Shape):
    """A response, without links, which could name other servers."""

    description: str
    headers: dict[str, Object] = {}
    content: dict[str, Object] = {}


Parameters = list[Reference | Parameter]
Status = Annotated[str, Field(pattern=r"^([1-5]([0-9]{2}|XX)|default)$")]


class Operation(Shape):
    """An operation, without security, which comes from the route table."""

    operation_id: str = ""
    summary: str = ""
    description: str = ""
    deprecated: bool = False
    parameters: Parameters = []
    request_body: Reference | RequestBody | None = None
    responses: Annotated[dict[Status, Reference | Response], Field(min_length=1)]


def identity(parameter: Object) -> tuple[JsonValue, ...]:
    """Return the members that identify a parameter within an operation."""
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
        """Return the operations by method in lower case, each with the parameters of the path that it lacks."""
        members = self.raw()
        shared: Any = members.pop("parameters", [])
        operations: dict[str, Any] = {method: operation for method, operation in members.items() if operation}
        for operation in operations.values():
            parameters = [*shared, *operation.get("parameters", [])]
            operation["parameters"] = list({identity(parameter): parameter for parameter in parameters}.values())
        return operations


class ScopeTexts(Shape):
    """An OAuth flow, of which only the descriptions of scopes are kept."""

    scopes: dict[str, str] = {}


class Flows(Shape):
    """OAuth flows. Services use only this one."""

    client_credentials: ScopeTexts = ScopeTexts()


class SecurityScheme(Shape):
    """A security scheme, of which only the flows are kept."""

    flows: Flows = Flows()


class Components(Shape):
    """Components."""

    schemas: dict[Name, Object | bool] = {}
    responses: dict[Name, Reference | Response] = {}
    parameters: dict[Name, Reference | Parameter] = {}
    request_bodies: dict[Name, Reference | RequestBody] = {}
    examples: dict[Name, Object] = {}
    headers: dict[Name, Object] = {}
    security_schemes: dict[str, SecurityScheme] = {}


class Info(Shape):
    """The Info Object."""

    title: str
    version: str
    description: str = ""


class Document(Shape):
    """A service's OpenAPI document."""

    openapi: Annotated[str, Field(pattern=r"^3\.1\.[0-9]+$")]
    info: Info
    paths: dict[Annotated[str, Field(pattern="^/")], PathItem]
    components: Components = Components()

    def definitions(self) -> dict[str, JsonValue]:
        """Return the components by reference, such as `#/components/schemas/Customer`."""
        kinds: dict[str, Any] = self.components.raw()
        return {
            f"#/components/{kind}/{name}": definition
            for kind, named in kinds.items()
            for name, definition in named.items()
            if kind != "securitySchemes"
        }

    def scopes(self) -> dict[str, str]:
        """Return the descriptions of scopes."""
        schemes = self.components.security_schemes.values()
        return {name: text for scheme in schemes for name, text in scheme.flows.client_credentials.scopes.items()}


# Members that refer: those of JSON Schema, and that of an example.
_REFERRING = {"$ref", "$dynamicRef", "$recursiveRef", "$id", "externalValue"}


def references(value: JsonValue) -> Iterator[str]:
    """Yield the references in a part of a document, including those of discriminators."""
    match value:
        case list():
            for member in value:
                yield from references(member)
        case {"propertyName": str(), "mapping": dict(mapping)}:
            targets = [target for target in mapping.values() if isinstance(target, str)]
            yield from (target if "/" in target else f"#/components/schemas/{target}" for target in targets)
        case dict():
            for name, member in value.items():
                if name in _REFERRING and isinstance(member, str):
                    yield member
                else:
                    yield from references(member)
