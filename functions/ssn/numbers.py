"""Rules of social security numbers: which ones exist, and which texts may contain one."""

import re
from unicodedata import normalize

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

_WRITTEN = re.compile(r"([0-9]{3})([- ]?)([0-9]{2})\2([0-9]{4})")
# SSA: the card of the Woolworth wallet (https://www.ssa.gov/history/ssn/misused.html), and a pamphlet's specimen.
_NEVER_ISSUED = {"078051120", "219099999"}
# SSA reserved 987-65-4320 to 987-65-4329 for advertisements.
_ADVERTISING = "98765432"
# IRS, Internal Revenue Manual 3.21.263: the middle digits of a taxpayer number that starts with 9.
_ITIN_MIDDLES = {*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)}
_ATIN_MIDDLE = 93
# Nine digits with only separators between them.
_NINE_DIGITS = re.compile(r"\d(?:[\W_]{0,5}\d){8}")
# An id may contain nine digits, such as those of a UUID or of a date with a count. It must not contain nine digits that
# are grouped like a number, or any nine digits together with a word that names them.
_BETWEEN = r"[^0-9A-Za-z]{1,3}"
_GROUPS = ("3 2 4", "3 6", "5 4", "9", "1 1 1 1 1 1 1 1 1")
_GROUPED = "|".join(_BETWEEN.join(rf"\d{{{size}}}" for size in groups.split()) for groups in _GROUPS)
_GROUPED_IN_ID = re.compile(rf"(?<![0-9A-Za-z])(?:{_GROUPED})(?![0-9A-Za-z])")
_NAME_IN_ID = re.compile(r"ssn|social", re.IGNORECASE)
# The rules of `issuable` as one regular expression, for the JSON schema.
ISSUABLE = r"^(?!000|666|9|078[- ]?05[- ]?1120|219[- ]?09[- ]?9999)[0-9]{3}([- ]?)(?!00)[0-9]{2}\1(?!0000)[0-9]{4}$"


def issuable(written: SecretStr) -> SecretStr:
    """Return the nine digits of a number that SSA may have issued.

    Source: https://www.ssa.gov/employer/randomization.html. Since 2011, areas and groups have no meaning. No list of
    those in use is valid for later numbers, so nothing else is refused.

    Raises:
        PydanticCustomError: the number cannot exist. The message contains the reason and never the number.
    """
    parts = _WRITTEN.fullmatch(written.get_secret_value())
    if parts is None:
        raise PydanticCustomError("ssn_form", "Send nine digits, written AAA-GG-SSSS, AAAGGSSSS or AAA GG SSSS")
    area, _, group, serial = parts.groups()
    digits = area + group + serial
    if digits in _NEVER_ISSUED or digits.startswith(_ADVERTISING):
        raise PydanticCustomError("ssn_never_issued", "Send a real number: this one is for specimens or advertisements")
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


def id_holds_ssn(opaque: str) -> bool:
    """Return True if an id may contain a social security number."""
    named = _NAME_IN_ID.search(opaque) and _NINE_DIGITS.search(opaque)
    return bool(named or _GROUPED_IN_ID.search(opaque))


def opaque_id(text: str) -> str:
    """Check an id that is stored in the clear."""
    if id_holds_ssn(text):
        raise PydanticCustomError("holds_ssn", "Send an id without a social security number: it is stored in the clear")
    return text


def words(text: str) -> str:
    """Check a text that the audit discloses."""
    # Normalized, because a reader also sees circled digits as digits.
    if _NINE_DIGITS.search(normalize("NFKC", text)):
        raise PydanticCustomError(
            "holds_ssn", "Send a text without nine digits in a row, such as a number: the audit discloses it"
        )
    return text
