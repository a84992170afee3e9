"""The end of start-up."""

import gc
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import functions.shared
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_openapi
from tests.support.gateway import Gateway


@pytest.fixture
def collector() -> Iterator[None]:
    """Restore the garbage collector."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def in_lambda(collector: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a Lambda function."""
    del collector
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "greeter")


def test_outside_lambda_nothing_is_warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    warmed: list[str] = []
    app = Service("greeter")
    assert app.handler(warm=lambda: warmed.append("now")) is app
    assert warmed == []


@pytest.mark.usefixtures("in_lambda")
def test_in_lambda_clients_are_made_before_the_first_request() -> None:
    warmed: list[str] = []
    Service("greeter").handler(warm=lambda: warmed.append("now"))
    assert warmed == ["now"]


@pytest.mark.usefixtures("in_lambda")
@pytest.mark.parametrize("warm", [None, lambda: None])
def test_garbage_is_not_collected_during_start_up_and_is_after_it(warm: Callable[[], None] | None) -> None:
    importlib.reload(functions.shared)
    assert not gc.isenabled()
    Service("greeter").handler(warm=warm)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("collector")
def test_outside_lambda_the_collector_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    importlib.reload(functions.shared)
    assert gc.isenabled()
    Service("greeter").handler()
    assert gc.get_freeze_count() == 0


def test_the_openapi_document_is_served_with_the_gateways_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_URL", "https://api.test/base")
    (tmp_path / "openapi.json").write_text('{"openapi": "3.1.0", "info": {"title": "Grüße"}}', encoding="utf-8")
    app = Service("greeter")
    add_openapi(app, str(tmp_path / "app.py"))
    answer = Gateway(app, scope=None).call("GET /openapi/greeter")
    assert answer.status == 200
    assert answer.json == {
        "openapi": "3.1.0",
        "info": {"title": "Grüße"},
        "servers": [{"url": "https://api.test/base"}],
    }
    kept = Gateway(app, scope=None).call("GET /openapi/greeter", headers={"If-None-Match": answer.headers["etag"]})
    assert (kept.status, kept.text) == (304, "")
    assert answer.headers["content-type"] == "application/json"
