"""Fixtures: the Credit Score Service on moto, behind the gateway's events."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import boto3
import pytest

from fakes.memory import Memory
from functions.credit import app, retained
from functions.credit.erasure_store import get_erasures
from functions.credit.export_store import get_exports
from functions.credit.notice_store import get_notices
from functions.credit.retained_store import get_retained
from functions.credit.store import get_store
from functions.shared.aws import boto
from functions.shared.aws.signing import signing_key
from infra.templates import ROOT
from tests.support.account import account
from tests.support.credit import ADA, EVERY_SCOPE, FACTS, Credit
from tests.support.dynamodb import Table
from tests.support.gateway import Answer, Gateway
from tests.support.resources import create_key, create_table

TEMPLATE = ROOT / "functions" / "credit" / "template.yaml"

TABLES = {"TABLE_NAME": "Table", "RETAINED_NAME": "Retained", "RETAINED_READS_NAME": "RetainedReads"}
KEYS = {"SIGNING_KEY_ID": "SigningKey", "RETAINED_KEY_ID": "RetainedKey"}

Hook = Callable[[str, Callable[..., Any]], None]
Items = Callable[[str], list[dict[str, Any]]]
Record = Callable[..., Answer]
Read = Callable[..., Answer]


class Deployed(NamedTuple):
    """Deployed service: the session of its clients, and the variables of its functions."""

    session: boto3.Session
    environment: dict[str, str]

    @property
    def table(self) -> str:
        """Name of the credit files' table."""
        return self.environment["TABLE_NAME"]


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    """Create the tables and the keys. The tests of a module share them, because this takes 0.15 s."""
    with account() as patch:
        boto.session.cache_clear()
        session = boto3.Session(botocore_session=boto.session())
        patch.setattr(boto3, "DEFAULT_SESSION", session)
        tables = {name: create_table(TEMPLATE, table) for name, table in TABLES.items()}
        yield Deployed(session, tables | {name: create_key(TEMPLATE, key) for name, key in KEYS.items()})
    boto.session.cache_clear()


@pytest.fixture
def session(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """Return the session of all clients. Its events precede each call."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", deployed.session)
    return deployed.session


@pytest.fixture
def hook(session: boto3.Session) -> Iterator[Hook]:
    """Return a function that registers a handler of a botocore event, for new clients, until the test ends."""
    with ExitStack() as hooks:

        def hook(event: str, function: Callable[..., Any]) -> None:
            session.events.register(event, function)
            hooks.callback(session.events.unregister, event, function)

        yield hook


@pytest.fixture
def table(deployed: Deployed, session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> str:
    """Empty the service's tables, and return the name of the credit files' table."""
    for name in TABLES:
        Table(deployed.environment[name], session.client("dynamodb")).empty()
    for name, value in {**deployed.environment, "EXPORTS_PER_HOUR": "60"}.items():
        monkeypatch.setenv(name, value)
    return deployed.table


@pytest.fixture
def gateway(table: str) -> Iterator[Gateway]:
    """Return the service behind the gateway, for a client with all scopes."""
    del table
    forget()
    yield Gateway(route, scope=EVERY_SCOPE)
    forget()


def route(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Call the function that an event's route leads to."""
    service = retained.app if event["routeKey"].endswith("/retained") else app.app
    return service(event, context)


def forget() -> None:
    """Make the service create its clients and its key again."""
    for made in (get_store, get_notices, get_erasures, get_retained, get_exports, signing_key):
        made.cache_clear()


@pytest.fixture
def record(gateway: Gateway) -> Record:
    """Return a function that records a report: FACTS with changes, of which `...` removes a member."""

    def record(*, customer_id: str = ADA, headers: dict[str, str] | None = None, **changes: Any) -> Answer:
        facts = {name: value for name, value in {**FACTS, **changes}.items() if value is not ...}
        path = {"customer_id": customer_id}
        return gateway.call("POST /v1/credit/{customer_id}/scores", path=path, body=facts, headers=headers)

    return record


@pytest.fixture
def read(gateway: Gateway) -> Read:
    """Return a function that reads a customer's score for a purpose."""

    def read(*, customer_id: str = ADA, headers: dict[str, str] | None = None, **query: str) -> Answer:
        parameters = {"purpose": "credit_extension", **query}
        path = {"customer_id": customer_id}
        return gateway.call("GET /v1/credit/{customer_id}/score", path=path, query=parameters, headers=headers)

    return read


@pytest.fixture
def credit(gateway: Gateway) -> Credit:
    """Return a client of one customer's credit file."""
    return Credit(gateway)


@pytest.fixture
def memory(hook: Hook, table: str) -> Memory:
    """Replace moto's table with one in memory, for new clients."""
    del table
    memory = Memory()
    hook("before-call.dynamodb", memory.answer)
    return memory


@pytest.fixture
def items(session: boto3.Session, table: str) -> Items:
    """Return a function that returns the items whose sort key starts with a prefix, in key order."""

    def items(prefix: str) -> list[dict[str, Any]]:
        stored = session.resource("dynamodb").Table(table).scan()["Items"]
        return sorted((item for item in stored if str(item["sk"]).startswith(prefix)), key=lambda item: str(item["sk"]))

    return items


@pytest.fixture
def calls(hook: Hook, gateway: Gateway) -> list[str]:
    """Return the list of calls to AWS, which grows with each call."""
    del gateway
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    hook("before-call", note)
    return made
