"""Clients of AWS that check each call against botocore's model and reach nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber


@contextmanager
def stubbed(monkeypatch: pytest.MonkeyPatch, *services: str) -> Iterator[dict[str, Stubber]]:
    """Replace boto3's clients by stubs, by service. At the end, no expected response may be left over."""
    clients: dict[str, Any] = {name: boto3.client(name) for name in services}  # type: ignore[call-overload]
    monkeypatch.setattr(boto3, "client", clients.__getitem__)
    stubs = {name: Stubber(client) for name, client in clients.items()}
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()
