"""The Social Security Service on moto, called as the gateway calls it, with what it sends to AWS and logs on record."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from functions.shared import aws
from functions.ssn.app import handler
from functions.ssn.store import get_store
from infra.templates import ROOT
from tests.integration.ssn.leaks import Transcript
from tests.support.gateway import Gateway
from tests.support.resources import create_key, create_table

TEMPLATE = ROOT / "functions" / "ssn" / "template.yaml"

Sent = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def gateway(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The service behind the gateway, for a client that may store and read."""
    del moto_aws
    monkeypatch.setenv("TABLE_NAME", create_table(TEMPLATE))
    monkeypatch.setenv("KEYRING_NAME", create_table(TEMPLATE, "Keyring"))
    monkeypatch.setenv("VAULT_NAME", "dossier-test-ssn")
    monkeypatch.setenv("NUMBER_KEY_ID", create_key(TEMPLATE, "NumberKey"))
    monkeypatch.setenv("LAST4_KEY_ID", create_key(TEMPLATE, "Last4Key"))
    get_store.cache_clear()
    yield Gateway(handler, scope="ssn/read ssn/write")
    get_store.cache_clear()


@pytest.fixture
def sent(gateway: Gateway) -> Iterator[Sent]:
    """The service's calls to AWS: operation and parameters."""
    del gateway
    calls: Sent = []

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    events = aws.session().get_component("event_emitter")
    events.register("provide-client-params", record)
    yield calls
    events.unregister("provide-client-params", record)


@pytest.fixture
def transcript() -> Iterator[Transcript]:
    """Every record that any logger lets through when all that can be logged is."""
    transcript = Transcript()
    loggers = [logging.getLogger(), logging.getLogger("dossier")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(transcript)
        logger.setLevel(logging.DEBUG)
    yield transcript
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(transcript)
        logger.setLevel(level)
