"""JSON Merge Patch (RFC 7396) of a customer's details."""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    GetJsonSchemaHandler,
    JsonValue,
    RootModel,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, to_json

from functions.customer.fields import REPEATED_KEY
from functions.customer.models import Customer, CustomerDetails, NewAddress
from functions.shared.plain.problems import BODY_DETAIL, InvalidRequest, invalid
from functions.shared.plain.values import SET_BY_THE_SERVICE, changed_members, member_error, normal

# Messages for read-only members, with the request that changes them, if any.
_WAYS = {
    "status": "Change the status with POST /v1/customers/{customer_id}/status",
    **dict.fromkeys(("id", "created_at", "updated_at", "version"), SET_BY_THE_SERVICE),
}


def _normal_keys(patch: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the patch with the keys of metadata in their stored form."""
    metadata = patch.get("metadata")
    if not isinstance(metadata, dict):
        return patch
    keys = {normal(key): value for key, value in metadata.items()}
    if len(keys) < len(metadata):
        raise member_error("metadata", "repeated_key", REPEATED_KEY)
    return {**patch, "metadata": keys}


class CustomerPatch(RootModel[Annotated[dict[str, JsonValue], AfterValidator(_normal_keys)]]):
    """Members of a customer's details to set, `null` for those to remove (RFC 7396).

    Read-only members that a GET returned may be sent back unchanged.
    """

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema of the members that a patch may have, which only documents need."""
        from functions.customer.patch_schema import PatchMembers  # noqa: PLC0415

        del schema
        members = handler.resolve_ref_schema(handler(PatchMembers.__pydantic_core_schema__))
        for member in members["properties"].values():
            member.pop("default", None)
        example = {"given_name": "Augusta", "phone": None, "metadata": {"tier": "gold"}}
        return {**members, "description": cleandoc(cls.__doc__ or ""), "examples": [example]}

    def applied_to(self, customer: Customer) -> CustomerDetails:
        """Return the customer's details after the patch.

        Raises:
            InvalidRequest: the result is not valid, or the patch changes a read-only member.
        """
        current = customer.model_dump(mode="json")
        errors = changed_members(self.root, current, _WAYS)
        patch = {name: value for name, value in self.root.items() if name not in _WAYS}
        details = {name: current[name] for name in CustomerDetails.model_fields if current[name] is not None}
        try:
            fitting = CustomerDetails.model_validate_json(to_json(_merged(details, patch)), strict=True)
        except ValidationError as error:
            raise invalid(error, BODY_DETAIL, more=errors) from None
        if errors:
            raise InvalidRequest(BODY_DETAIL, errors=errors)
        return fitting


def _merged(details: dict[str, Any], patch: dict[str, JsonValue]) -> JsonValue:
    """Return patched details. Unknown members stay even if they are null, so that validation refuses them."""
    merged = {**_merge(details, patch), **_unknown(patch, CustomerDetails)}
    if isinstance(address := patch.get("address"), dict):
        merged["address"] = {**merged["address"], **_unknown(address, NewAddress)}
    return merged


def _unknown(patch: Mapping[str, JsonValue], model: type[BaseModel]) -> dict[str, JsonValue]:
    return {name: value for name, value in patch.items() if name not in model.model_fields}


def _merge(target: JsonValue, patch: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return an object after MergePatch of RFC 7396, section 2."""
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value) if isinstance(value, dict) else value
    return merged
