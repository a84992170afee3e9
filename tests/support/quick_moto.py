"""Shortcuts in moto. Its responses are the same, and take half the time."""

import copy
from collections import defaultdict
from functools import cache
from typing import Any

import pytest
from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.models.table import Table
from moto.kms import models as kms
from moto.kms.utils import generate_private_key


def quicken(patch: pytest.MonkeyPatch) -> None:
    """Use the shortcuts until the patch ends."""
    patch.setattr(Table, "__deepcopy__", _snapshot, raising=False)
    patch.setattr(BaseJSONSerializer, "_serialize_type_structure", _serialize)
    patch.setattr(responses, "method_names_from_class", _method_names)
    patch.setattr(kms, "generate_private_key", _private_key)


def _snapshot(table: Table, _: dict[int, Any]) -> Table:
    # Before each transaction moto copies every item of its tables, to restore them if it fails. That took a third of
    # the tests' time. Puts and deletes replace items, and no transaction of ours updates one in place.
    snapshot = copy.copy(table)
    snapshot.items = defaultdict(dict)
    for key, items in table.items.items():
        snapshot.items[key] = dict(items) if table.has_range_key else items
    return snapshot


_serialize_all = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001 - moto has no setting for it


def _serialize(serializer: BaseJSONSerializer, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
    # moto looks for each member of a structure under up to ten names. The ten members of an attribute's value
    # took two fifths of the tests' time. A dict whose keys are names of members needs no other name.
    if type(value) is not dict or not value.keys() <= shape.members.keys():
        _serialize_all(serializer, serialized, value, shape, key)
        return
    structure = {} if key else serialized
    for name in [name for name in shape.members if value.get(name) is not None]:
        serializer._serialize(structure, value[name], shape.members[name], name)  # noqa: SLF001
    if key:
        serialized[serializer.get_serialized_name(shape, key)] = structure


_method_names = cache(method_names_from_class)
# moto makes an RSA key for each of its KMS keys, also for those that encrypt with AES or sign with HMAC.
_private_key = cache(generate_private_key)
