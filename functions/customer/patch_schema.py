"""JSON Schema of a customer's merge patches, for the OpenAPI document.

No request uses it: the service applies a patch first and validates the result.
"""

from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from functions.customer.fields import KEYS, MetadataKey, MetadataValue
from functions.customer.models import Customer, CustomerDetails, NewAddress
from functions.shared.plain.json_schema import Schema, all_null
from functions.shared.plain.values import RequestBody


def _members(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a patch: each member may be left out, and null removes one that is not required."""
    types = get_type_hints(model, include_extras=True)
    return {name: (types[name], None) for name in model.model_fields}


def _replaced(name: str, kind: Any) -> Any:
    """Return a member with another type than in a whole body."""
    field = CustomerDetails.model_fields[name]
    return Annotated[kind | None, Field(description=field.description, examples=field.examples)], None


def _read_only() -> dict[str, Any]:
    """Return the members that only the service sets. A client may send them back unchanged."""
    types = get_type_hints(Customer, include_extras=True)
    names = [name for name in Customer.model_fields if name not in CustomerDetails.model_fields]
    return {name: (types[name], Field(None, json_schema_extra={"readOnly": True})) for name in names}


def _keep_a_name(schema: Schema) -> None:
    names = ("given_name", "family_name")
    schema["not"] = all_null(*names) | {"required": list(names)}


class _Named(RequestBody):
    model_config = ConfigDict(json_schema_extra=_keep_a_name)


_MetadataPatch = Annotated[dict[MetadataKey, MetadataValue | None], Field(json_schema_extra=KEYS)]
AddressPatch = create_model(
    "AddressPatch",
    __doc__="Members of an address to change. `null` removes one (RFC 7396).",
    __base__=RequestBody,
    **_members(NewAddress),
)
PatchMembers = create_model(
    "PatchMembers",
    __base__=_Named,
    **_members(CustomerDetails)
    | {
        "address": _replaced("address", AddressPatch),
        "metadata": _replaced("metadata", _MetadataPatch),
    }
    | _read_only(),
)
