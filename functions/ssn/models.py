"""What a social security number is: the number a client may store, and the masked form it reads."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, SecretStr
from pydantic_core import PydanticCustomError

from functions.shared.clock import Timestamp

_WRITTEN = re.compile(r"([0-9]{3})([- ]?)([0-9]{2})\2([0-9]{4})")
# SSA: the card of the Woolworth wallet (https://www.ssa.gov/history/ssn/misused.html), and the specimen of a pamphlet.
_NEVER_ISSUED = {"078051120", "219099999"}
# SSA reserved 987-65-4320 to 987-65-4329 for advertisements.
_ADVERTISING = "98765432"
# IRS, Internal Revenue Manual 3.21.263: the middle digits of a taxpayer number that starts with 9.
_ITIN_MIDDLES = {*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)}
_ATIN_MIDDLE = 93


def _issuable(written: SecretStr) -> SecretStr:
    """The nine digits of a number that SSA may have issued; a refusal says why and never which number.

    Source: https://www.ssa.gov/employer/randomization.html. Since 2011 an area tells no state, and no list of areas or
    groups in use says anything about later numbers, so nothing else is refused.
    """
    parts = _WRITTEN.fullmatch(written.get_secret_value())
    if parts is None:
        raise PydanticCustomError("ssn_form", "Nine digits, written AAA-GG-SSSS, AAAGGSSSS or AAA GG SSSS")
    area, _, group, serial = parts.groups()
    digits = area + group + serial
    if digits in _NEVER_ISSUED or digits.startswith(_ADVERTISING):
        raise PydanticCustomError("ssn_never_issued", "A number for specimens and advertisements, issued to no person")
    if area.startswith("9"):
        raise _starts_with_9(int(group))
    if area in {"000", "666"}:
        raise PydanticCustomError("ssn_area", "No social security number starts with 000 or 666")
    if group == "00":
        raise PydanticCustomError("ssn_group", "No social security number has 00 as its middle digits")
    if serial == "0000":
        raise PydanticCustomError("ssn_serial", "No social security number ends with 0000")
    return SecretStr(digits)


def _starts_with_9(middle: int) -> PydanticCustomError:
    if middle == _ATIN_MIDDLE:
        return PydanticCustomError(
            "ssn_atin", "Looks like an adoption taxpayer number (ATIN), not a social security number"
        )
    if middle in _ITIN_MIDDLES:
        return PydanticCustomError("ssn_itin", "Looks like a taxpayer number (ITIN), not a social security number")
    return PydanticCustomError("ssn_area", "No social security number starts with 9")


class SubmittedSsn(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A number as a client sends it; held as nine digits that neither `str` nor `repr` shows."""

    ssn: Annotated[SecretStr, AfterValidator(_issuable)]


class Kind(StrEnum):
    """What kind of number is stored."""

    SSN = "ssn"


class Record(BaseModel):
    """What is known of a stored number without decrypting anything; `version` counts its changes, from 1."""

    kind: Kind = Kind.SSN
    created_at: Timestamp
    updated_at: Timestamp
    verified: bool = False
    version: int

    @classmethod
    def create(cls, at: datetime) -> Self:
        """The record of a customer's first number."""
        return cls(created_at=at, updated_at=at, version=1)

    def replaced(self, at: datetime) -> "Record":
        """The record of the number that follows; nobody has verified that one."""
        return Record(created_at=self.created_at, updated_at=at, version=self.version + 1)


class Masked(BaseModel):
    """A base of its own, so that the masked number comes first."""

    masked: str


class MaskedSsn(Record, Masked):
    """A stored number as clients read it."""

    @classmethod
    def of(cls, record: Record, last4: SecretStr) -> Self:
        """The masked form: the last four digits alone (FCRA 609(a)(1)(A), 15 USC 1681g)."""
        return cls(**record.model_dump(), masked=f"***-**-{last4.get_secret_value()}")
