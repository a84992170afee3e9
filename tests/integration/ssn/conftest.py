"""The Social Security Service on moto, called as the gateway calls it, with what it sends to AWS and logs on record."""

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.shared.aws import boto
from functions.shared.aws.signing import signing_key
from functions.ssn import app, environment, reveal
from functions.ssn.chain import audit_key
from infra.templates import ROOT
from tests.integration.ssn.leaks import Transcript
from tests.support.account import account
from tests.support.clients import client_of
from tests.support.dynamodb import Table
from tests.support.gateway import Gateway
from tests.support.resources import create_key, create_table

TEMPLATE = ROOT / "functions" / "ssn" / "template.yaml"
EVERY_SCOPE = "ssn/read ssn/write ssn/erase ssn/verify ssn/lookup ssn/reveal ssn/export ssn/audit"

LOGICAL_IDS = {
    "TABLE_NAME": "Table",
    "KEYRING_NAME": "Keyring",
    "AUDIT_NAME": "Audit",
    "JUSTIFICATIONS_NAME": "Justifications",
}
KEYS = {
    "NUMBER_KEY_ID": "NumberKey",
    "LAST4_KEY_ID": "Last4Key",
    "INDEX_KEY_1_ID": "IndexKey1",
    "INDEX_KEY_2_ID": "IndexKey2",
    "SIGNING_KEY_ID": "SigningKey",
}

Sent = list[tuple[str, dict[str, Any]]]


def route(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Call the function that an event's route leads to."""
    service = reveal.app if event["routeKey"].endswith("/reveal") else app.app
    return service(event, context)


def forget() -> None:
    """Forget what a process keeps of its environment."""
    of_environment = [each for each in vars(environment).values() if hasattr(each, "cache_clear")]
    for kept in (*of_environment, signing_key, audit_key):
        kept.cache_clear()


@pytest.fixture(scope="module")
def deployed() -> Iterator[dict[str, str]]:
    """The environment of the functions, on tables and keys that a module's tests share."""
    with account():
        tables = {name: create_table(TEMPLATE, table) for name, table in LOGICAL_IDS.items()}
        keys = {name: create_key(TEMPLATE, key) for name, key in KEYS.items()}
        yield {**tables, **keys, "VAULT_NAME": "dossier-test-ssn", "INDEX_VERSIONS": "1"}


@pytest.fixture
def gateway(deployed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The service behind the gateway, with nothing stored, for a client that may do everything."""
    for name, value in deployed.items():
        monkeypatch.setenv(name, value)
    forget()
    yield Gateway(route, scope=EVERY_SCOPE, headers={"Dossier-Actor": "usr_0001"})
    forget()
    for name in LOGICAL_IDS:
        Table(deployed[name], client_of("dynamodb")).empty()


@pytest.fixture
def sent(gateway: Gateway) -> Iterator[Sent]:
    """The service's calls to AWS: operation and parameters."""
    del gateway
    calls: Sent = []

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    events = boto.session().get_component("event_emitter")
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


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure, whatever pytest captures."""

    def shown(figure: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{figure}\n")

    return shown
