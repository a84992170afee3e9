"""The scope guard: closed unless the gateway handed over claims with the right scope."""

from typing import Any

import pytest

from functions.shared.plain.problems import InsufficientScope, Unauthenticated
from functions.shared.requests.scopes import RequiredScope, claims, require


@pytest.mark.parametrize(
    "request_context",
    [
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"jwt": None}},
        {"authorizer": {"jwt": {}}},
        {"authorizer": {"jwt": {"claims": None}}},
        # What an authorizer of another kind hands over says nothing of scopes.
        {"authorizer": {"lambda": {"client_id": "c", "scope": "customers/read"}}},
        {"authorizer": {"iam": {"userId": "c"}}},
    ],
)
def test_a_request_without_a_jwt_has_no_claims(request_context: dict[str, Any]) -> None:
    assert claims(request_context) == {}


def test_claims_are_those_of_the_jwt_authorizer() -> None:
    context = {"authorizer": {"jwt": {"claims": {"client_id": "c", "scope": "customers/read"}, "scopes": None}}}
    assert claims(context) == {"client_id": "c", "scope": "customers/read"}


CLAIMS = '{"client_id":"local","scope":"customers/read"}'


def sam_local(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """Be run by `sam local`, unless the environment says otherwise."""
    local = {
        "AWS_SAM_LOCAL": "true",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "DOSSIER_SAM_LOCAL_CLAIMS": CLAIMS,
        **environment,
    }
    for name, value in local.items():
        monkeypatch.setenv(name, value)


def test_sam_local_runs_no_authorizer_so_the_environment_gives_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    sam_local(monkeypatch)
    assert claims({}) == {"client_id": "local", "scope": "customers/read"}


def test_under_sam_local_a_verified_token_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sam_local(monkeypatch)
    verified = {"client_id": "c", "scope": "ssn/read"}
    assert claims({"authorizer": {"jwt": {"claims": verified}}}) == verified


@pytest.mark.parametrize(
    "environment",
    [
        {"AWS_SAM_LOCAL": ""},
        {"AWS_SAM_LOCAL": "false"},
        {"AWS_SAM_LOCAL": "TRUE"},
        # A deployed function runs as a version, which Lambda itself says.
        {"AWS_LAMBDA_FUNCTION_VERSION": "17"},
        {"AWS_LAMBDA_FUNCTION_VERSION": ""},
        {"DOSSIER_SAM_LOCAL_CLAIMS": ""},
        {"DOSSIER_SAM_LOCAL_CLAIMS": "{}"},
    ],
)
def test_anywhere_else_the_environment_gives_no_claims(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    sam_local(monkeypatch, **environment)
    assert claims({}) == {}


def test_claims_of_the_environment_alone_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_SAM_LOCAL_CLAIMS", CLAIMS)
    assert claims({}) == {}


@pytest.mark.parametrize(
    "granted",
    [{}, {"scope": "customers/read"}, {"client_id": "", "scope": "customers/read"}, {"sub": "someone"}],
)
def test_without_a_client_nobody_passes(granted: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        require(["customers/read"], granted)
    assert refusal.value.status == 401
    assert refusal.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize(
    "scope",
    [
        "",
        " ",
        "customers/write",
        "customers/rea",
        "customers/reader",
        "Customers/Read",
        "customers/read,customers/write",
        "xcustomers/read",
        "customers /read",
        "read",
        "*",
    ],
)
def test_a_foreign_scope_does_not_pass(scope: str) -> None:
    with pytest.raises(InsufficientScope) as refusal:
        require(["customers/read"], {"client_id": "c", "scope": scope})
    assert refusal.value.status == 403
    assert refusal.value.headers == {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="customers/read"'}


def test_a_client_without_a_scope_claim_does_not_pass() -> None:
    with pytest.raises(InsufficientScope):
        require(["customers/read"], {"client_id": "c"})


def test_a_route_without_scopes_to_choose_from_lets_nobody_pass() -> None:
    with pytest.raises(InsufficientScope):
        require([], {"client_id": "c", "scope": "customers/read"})


@pytest.mark.parametrize("scope", ["customers/read", "ssn/read customers/read", "customers/read  ssn/read"])
def test_the_routes_scope_passes_wherever_it_stands(scope: str) -> None:
    require(["customers/read"], {"client_id": "c", "scope": scope})


def test_any_one_of_several_scopes_suffices() -> None:
    require(["customers/read", "customers/write"], {"client_id": "c", "scope": "customers/write"})


def test_a_route_tells_its_scope_where_chalice_keeps_authorizers() -> None:
    assert RequiredScope("customers/read").scopes == ["customers/read"]
