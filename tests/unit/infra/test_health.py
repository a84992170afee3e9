"""`make run` prints how to call the system, whatever the health of its services is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local import __main__ as commands
from infra.local import system
from infra.local.cloud import LocalCloud, LocalCloudError

CLOUD = LocalCloud(Path("nowhere"))
OWN = {"customer", "credit"}


@pytest.fixture
def health(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes GET /health return these statuses."""
    monkeypatch.setattr(system, "token", lambda *_: "token")
    monkeypatch.setattr(system, "HEALTHY_SECONDS", 0.3)

    def returns(status: int = 503, **services: str) -> None:
        answer: dict[str, Any] = {"services": services} if services else {"message": "Service Unavailable"}
        monkeypatch.setattr(system, "call", lambda *_: (status, answer))

    return returns


def test_a_service_of_elsewhere_that_is_unreachable_is_named_and_not_waited_for(
    health: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waits"))
    health(customer="ok", credit="unknown", rates="unreachable")
    assert system.wait_until_healthy(CLOUD, OWN) == {"rates": "unreachable"}


def test_a_service_of_functions_that_stays_unhealthy_is_returned(health: Callable[..., None]) -> None:
    health(customer="ok", credit="failing", rates="ok")
    assert system.wait_until_healthy(CLOUD, OWN) == {"credit": "failing"}


def test_a_gateway_without_an_answer_fails(health: Callable[..., None]) -> None:
    health()
    with pytest.raises(LocalCloudError, match="The gateway does not respond: GET /health returns 503"):
        system.wait_until_healthy(CLOUD, OWN)


@pytest.mark.parametrize(("unhealthy", "status"), [([], 0), (["credit"], 1)])
def test_the_url_the_pages_and_the_token_s_command_are_printed_before_a_service_makes_the_run_fail(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    unhealthy: list[str],
    status: int,
) -> None:
    monkeypatch.setenv("DOSSIER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.argv", ["infra.local", "run"])
    monkeypatch.setattr(system, "up", lambda _: unhealthy)
    monkeypatch.setattr(system, "url", lambda _: "http://127.0.0.1:1/api")
    assert commands.main() == status
    printed = capsys.readouterr()
    for words in ("http://127.0.0.1:1/api/\n", "http://127.0.0.1:1/api/docs\n", "export URL=http", "$(make -s token)"):
        assert words in printed.out
    assert ("Unhealthy: credit. See: make logs SERVICE=credit" in printed.err) == bool(unhealthy)
