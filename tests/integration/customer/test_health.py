"""GET /health/customer."""

import pytest

from tests.support.customers import HEALTH
from tests.support.gateway import Gateway
from tests.support.logs import LogText
from tests.support.problems import code


def test_a_service_that_reaches_its_table_is_well(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_VERSION", "1.2.3")
    answer = gateway.call(HEALTH)
    assert (answer.status, answer.json) == (200, {"service": "customer", "version": "1.2.3", "status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_health_needs_no_token(gateway: Gateway) -> None:
    assert Gateway(gateway.handler, scope=None).call(HEALTH).status == 200


@pytest.mark.usefixtures("cold")
def test_a_service_without_its_table_is_not_well(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, log_text: LogText
) -> None:
    monkeypatch.setenv("TABLE_NAME", "there-is-none")
    answer = gateway.call(HEALTH)
    assert answer.status == 503
    assert "there-is-none" not in answer.text + log_text.getvalue()


def test_health_takes_no_query(gateway: Gateway) -> None:
    assert code(gateway.call(HEALTH, query="deep=true")) == (422, "invalid_request")
