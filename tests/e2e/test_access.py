"""Who may call what: every route with a scope. What is no token, and no route, is for tests/conformance."""

import httpx
import pytest

from tests.e2e.api import UNKNOWN_ID, Api, describe, expect
from tests.e2e.route_templates import Route


def call(api: Api, route: Route, scopes: str | None) -> httpx.Response:
    """Call a route, for a customer that is not there."""
    return api.call(route.method, route.path.format(customer_id=UNKNOWN_ID, service="credit"), scopes=scopes)


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
