"""Identifiers: a prefix for the type of the resource, and a ULID, which sorts by time."""

import re
from datetime import datetime

from ulid import ULID

# 26 characters of Crockford's base 32, the first at most 7: https://github.com/ulid/spec
CUSTOMER_ID = re.compile(r"cus_[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id(prefix: str, at: datetime) -> str:
    """Return a new identifier, such as cus_01M81ZSH2FGSN7PEVEX7N32QYS, that sorts by `at`."""
    return f"{prefix}_{ULID.from_datetime(at)}"
