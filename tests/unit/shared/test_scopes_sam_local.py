"""Claims from the environment: under `sam local`, which runs no authorizer, and nowhere else."""

import pytest

from functions.shared.requests.scopes import claims
from tests.support.gateway import Gateway
from tests.support.greeter import GREET, Greeter
from tests.support.problems import code

CLAIMS = '{"client_id": "sam-local", "scope": "greetings/read"}'


@pytest.fixture
def sam_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a function that SAM CLI runs, with claims set."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
    monkeypatch.setenv("DOSSIER_SAM_LOCAL_CLAIMS", CLAIMS)


@pytest.mark.usefixtures("sam_local")
def test_under_sam_local_the_claims_that_are_set_count() -> None:
    assert claims({}) == {"client_id": "sam-local", "scope": "greetings/read"}


@pytest.mark.usefixtures("sam_local")
def test_under_sam_local_a_route_opens_for_the_scopes_that_are_set_and_no_others(app: Greeter) -> None:
    stranger = Gateway(app, scope=None)
    assert stranger.call(GREET, path={"name": "ada"}).status == 200
    assert code(stranger.call("DELETE /v1/greetings/{name}", path={"name": "ada"})) == (403, "insufficient_scope")


@pytest.mark.usefixtures("sam_local")
def test_claims_of_a_token_come_before_those_that_are_set() -> None:
    context = {"authorizer": {"jwt": {"claims": {"client_id": "c", "scope": "greetings/write"}}}}
    assert claims(context) == {"client_id": "c", "scope": "greetings/write"}


@pytest.mark.usefixtures("sam_local")
@pytest.mark.parametrize("value", ["", "{}", None])
def test_under_sam_local_without_claims_every_route_is_closed(
    app: Greeter, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("DOSSIER_SAM_LOCAL_CLAIMS")
    if value is not None:
        monkeypatch.setenv("DOSSIER_SAM_LOCAL_CLAIMS", value)
    assert code(Gateway(app, scope=None).call(GREET, path={"name": "ada"})) == (401, "unauthenticated")


@pytest.mark.usefixtures("sam_local")
@pytest.mark.parametrize("value", [None, "", "false", "1", "True", "TRUE", "true ", "yes"])
def test_unless_sam_cli_says_that_it_runs_the_function_claims_that_are_set_are_ignored(
    app: Greeter, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("AWS_SAM_LOCAL")
    if value is not None:
        monkeypatch.setenv("AWS_SAM_LOCAL", value)
    assert claims({}) == {}
    assert code(Gateway(app, scope=None).call(GREET, path={"name": "ada"})) == (401, "unauthenticated")


@pytest.mark.usefixtures("sam_local")
@pytest.mark.parametrize("version", [None, "", "1", "42"])
def test_a_published_version_ignores_claims_that_are_set_even_with_sam_clis_mark(
    app: Greeter, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_VERSION")
    if version is not None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", version)
    assert claims({}) == {}
    assert code(Gateway(app, scope=None).call(GREET, path={"name": "ada"})) == (401, "unauthenticated")
