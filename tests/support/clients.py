"""Clients of AWS for tests, made once: that takes longer than most of what they are used for."""

from functools import cache
from typing import Any

import boto3


@cache
def client_of(service: str) -> Any:
    """boto3's client of a service, for whichever moto account there is when it is called."""
    return boto3.client(service)  # type: ignore[call-overload]
