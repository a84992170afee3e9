"""Seals of retained records, and who may open them."""

import os
from typing import Any

import pytest

from functions.credit.sealing import PART_BYTES, Seals
from functions.shared.aws.client import kms
from functions.shared.aws.errors import CallRefused
from tests.support.credit import ADA, BOB


@pytest.fixture
def seals(table: str) -> Seals:
    del table
    return Seals(kms(), os.environ["RETAINED_KEY_ID"])


@pytest.mark.parametrize("text", ["", "{}", "score 712 é", os.urandom(3 * PART_BYTES).hex()])
def test_a_sealed_record_opens_to_its_text(seals: Seals, text: str) -> None:
    assert seals.open(ADA, "inq_1", seals.seal(ADA, "inq_1", text)) == text


def test_a_long_record_has_several_parts_that_cannot_be_moved(seals: Seals) -> None:
    parts = seals.seal(ADA, "inq_1", os.urandom(3 * PART_BYTES).hex())
    assert len(parts) > 2
    moved: list[tuple[str, str, Any]] = [
        (BOB, "inq_1", parts),
        (ADA, "inq_2", parts),
        (ADA, "inq_1", parts[::-1]),
        (ADA, "inq_1", parts[:-1]),
        (ADA, "inq_1", [b"x" * len(parts[0]), *parts[1:]]),
    ]
    for customer_id, record_id, tampered in moved:
        with pytest.raises(CallRefused):
            seals.open(customer_id, record_id, tampered)
