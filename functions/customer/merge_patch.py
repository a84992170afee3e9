"""JSON Merge Patch (RFC 7396) of a customer's details."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, GetJsonSchemaHandler, JsonValue, RootModel, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, to_json

from functions.customer.fields import normal
from functions.customer.models import Customer, CustomerDetails
from functions.shared.problems import BODY_DETAIL, invalid


def _normal_keys(patch: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The patch with the keys of metadata as they are stored, so that it changes the one that it means."""
    metadata = patch.get("metadata")
    if not isinstance(metadata, dict):
        return patch
    keys = {normal(key): value for key, value in metadata.items()}
    if len(keys) < len(metadata):
        raise PydanticCustomError("repeated_key", "Two keys of metadata are the same text")
    return {**patch, "metadata": keys}


class CustomerPatch(RootModel[Annotated[dict[str, JsonValue], AfterValidator(_normal_keys)]]):
    """Members of a customer's details to set, `null` for those to remove (RFC 7396)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"given_name": "Augusta", "phone": None, "metadata": {"tier": "gold"}}]}
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema of the members that a patch may have, which only documents need."""
        from functions.customer.patch_schema import PatchMembers  # noqa: PLC0415

        own = handler.resolve_ref_schema(handler(schema))
        members = handler.resolve_ref_schema(handler(PatchMembers.__pydantic_core_schema__))
        return {**members, "description": own["description"], "examples": own["examples"]}

    def applied_to(self, customer: Customer) -> CustomerDetails:
        """The customer's details after the patch.

        Raises:
            InvalidRequest: they would not fit the model.
        """
        details = customer.model_dump(mode="json", include=set(CustomerDetails.model_fields), exclude_none=True)
        merged = _merge(details, self.root)
        try:
            return CustomerDetails.model_validate_json(to_json(merged), strict=True)
        except ValidationError as error:
            raise invalid(error, BODY_DETAIL) from None


def _merge(target: JsonValue, patch: JsonValue) -> JsonValue:
    """MergePatch of RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged
