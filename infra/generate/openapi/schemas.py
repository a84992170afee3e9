"""JSON Schemas of the pydantic models that a service's operations name."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from functions.shared.plain.problem_document import GatewayMessage, Problem, ServiceOrGatewayError
from functions.shared.requests.operations import Operation

REFERENCE = "#/components/schemas/{model}"
ERRORS: tuple[type[BaseModel], ...] = (Problem, GatewayMessage, ServiceOrGatewayError)


class BodySchema(GenerateJsonSchema):
    """Schemas of bodies. Responses require all members that are always sent, and no schema has defaults.

    Generators of clients treat a member with a default as required in a request.
    """

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema without its default."""
        return self.generate_inner(schema["schema"])

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001 - pydantic's signature
        """Return whether a member is always there: in a response unless it is excluded by its value."""
        if self.mode == "serialization":
            return "serialization_exclude_if" not in field
        return super().field_is_required(field, total)


class Schemas:
    """Component schemas of a service: request bodies as they are read, response bodies as they are written."""

    def __init__(self, operations: list[Operation]) -> None:
        """Make all schemas in two calls, as pydantic makes names unique in each call only."""
        bodies = [operation.body for operation in operations if operation.body]
        answered = [model for operation in operations for model in answers(operation).values() if model]
        used: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in bodies]
        used += [(model, "serialization") for model in (*answered, *ERRORS)]
        self._references, self._components = made(used, BodySchema)
        queries = {operation.query for operation in operations}
        self._query_references, definitions = made([(model, "validation") for model in queries], GenerateJsonSchema)
        self._queries = {model: definitions.pop(name(self._query_references[model, "validation"])) for model in queries}
        self._components |= definitions

    @property
    def components(self) -> dict[str, Any]:
        """Schemas of bodies and of their parts, by name. Queries are parameters instead."""
        return dict(sorted(self._components.items()))

    def sent(self, model: type[BaseModel]) -> dict[str, Any]:
        """Return a reference to the schema of a request body."""
        return {"$ref": REFERENCE.format(model=name(self._references[model, "validation"]))}

    def answered(self, model: type[BaseModel]) -> dict[str, Any]:
        """Return a reference to the schema of a response body."""
        return {"$ref": REFERENCE.format(model=name(self._references[model, "serialization"]))}

    def query(self, model: type[BaseModel]) -> dict[str, Any]:
        """Return the schema of a query."""
        return dict(self._queries[model])


def made(
    used: list[tuple[type[BaseModel], JsonSchemaMode]], generator: type[GenerateJsonSchema]
) -> tuple[dict[Any, JsonSchemaValue], dict[str, Any]]:
    """Return a reference for each model and mode, and the definitions by name, without pydantic's titles."""
    unique = list(dict.fromkeys(used))
    references, schemas = models_json_schema(unique, ref_template=REFERENCE, schema_generator=generator)
    return references, {name: untitled(schema) for name, schema in schemas.get("$defs", {}).items()}


def name(reference: JsonSchemaValue) -> str:
    """Return the name of the component that a reference leads to."""
    return str(reference["$ref"]).rpartition("/")[2]


def untitled(schema: Any) -> Any:
    """Return a schema without the titles that pydantic makes of names. Examples stay as they are."""
    if isinstance(schema, list):
        return [untitled(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: member for name, member in schema.items() if not (name == "title" and isinstance(member, str))}
    return {name: member if name == "examples" else untitled(member) for name, member in kept.items()}


def answers(operation: Operation) -> dict[int, type[BaseModel] | None]:
    """Return the model of each status of success."""
    return dict(operation.documentation.get("answers", {}))
