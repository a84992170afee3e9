"""Who may call what: every route with a scope, and what the gateway answers to who may not."""

import base64
import hashlib
import hmac

import httpx
import pytest

from tests.e2e.api import CUSTOMERS, EVERY_SCOPE, UNKNOWN_ID, Api, describe, expect
from tests.e2e.route_templates import Route
from tests.e2e.target import claims, part


def call(api: Api, route: Route, scopes: str | None) -> httpx.Response:
    """Call a route, for a customer that is not there."""
    return api.call(route.method, route.path.format(customer_id=UNKNOWN_ID), scopes=scopes)


def unauthorized(answer: httpx.Response) -> None:
    """Fail unless the gateway itself refused the token."""
    expect(answer, 401)
    assert answer.json() == {"message": "Unauthorized"}, describe(answer)


@pytest.mark.needs("jwt_authorizer")
def test_without_a_token_the_gateway_refuses(api: Api, scoped_route: Route) -> None:
    unauthorized(call(api, scoped_route, None))


@pytest.mark.needs("jwt_authorizer", "token_source")
def test_without_the_routes_scope_the_gateway_refuses(api: Api, scoped_route: Route, routes: list[Route]) -> None:
    every = {scope for route in routes for scope in route.scopes}
    answer = call(api, scoped_route, " ".join(every - set(scoped_route.scopes)))
    expect(answer, 403)
    assert answer.json() == {"message": "Forbidden"}


@pytest.mark.needs("jwt_authorizer", "token_source")
def test_the_routes_scope_alone_suffices(api: Api, scoped_route: Route) -> None:
    answer = call(api, scoped_route, " ".join(scoped_route.scopes))
    assert answer.status_code not in {401, 403}, describe(answer)
    assert "Dossier-Request-Id" in answer.headers


@pytest.mark.needs("jwt_authorizer")
@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer garbled", "Bearer a.b.c", "Bearer ..", "Basic dXNlcjpwYXNzd29yZA=="]
)
def test_what_is_no_token_is_refused(api: Api, authorization: str) -> None:
    unauthorized(api.call("GET", CUSTOMERS, scopes=None, headers={"Authorization": authorization}))


@pytest.mark.needs("jwt_authorizer")
@pytest.mark.parametrize(
    "changes",
    [{"scope": "customers/read everything/else"}, {"exp": 1700000000}, {"client_id": "another"}, {"iss": "https://x"}],
    ids=str,
)
def test_a_token_whose_claims_were_changed_is_refused(api: Api, changes: dict[str, object]) -> None:
    token = api.tokens.token(EVERY_SCOPE)
    header, _, signature = token.split(".")
    forged = ".".join([header, part({**claims(token), **changes}), signature])
    unauthorized(api.call("GET", CUSTOMERS, scopes=None, headers={"Authorization": f"Bearer {forged}"}))


@pytest.mark.needs("jwt_authorizer")
@pytest.mark.parametrize("algorithm", ["none", "None", "HS256"])
def test_a_token_that_nobody_signed_is_refused(api: Api, algorithm: str) -> None:
    signed = part({"alg": algorithm, "typ": "JWT"}) + "." + part(claims(api.tokens.token(EVERY_SCOPE)))
    signature = ""
    if algorithm == "HS256":
        mac = hmac.digest(b"a key of the forger's", signed.encode(), hashlib.sha256)
        signature = base64.urlsafe_b64encode(mac).decode().rstrip("=")
    authorization = f"Bearer {signed}.{signature}"
    unauthorized(api.call("GET", CUSTOMERS, scopes=None, headers={"Authorization": authorization}))


@pytest.mark.needs("jwt_authorizer", "www_authenticate")
def test_a_refusal_names_the_scheme(api: Api) -> None:
    answer = api.call("GET", CUSTOMERS, scopes=None)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.needs("gateway_404")
@pytest.mark.parametrize(
    "route",
    [
        "PUT /v1/customers",
        "PATCH /v1/customers",
        f"PUT /v1/customers/{UNKNOWN_ID}",
        f"POST /v1/customers/{UNKNOWN_ID}",
        f"GET /v1/customers/{UNKNOWN_ID}/nothing",
        "POST /health",
        "DELETE /services",
        "GET /v2/customers",
        "GET /v1",
    ],
)
def test_an_unknown_route_or_method_is_the_gateways_404(api: Api, route: str) -> None:
    method, _, path = route.partition(" ")
    answer = api.call(method, path)
    expect(answer, 404)
    assert answer.json() == {"message": "Not Found"}
