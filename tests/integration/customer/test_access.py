"""Every route of the Customer Service with every scope, none, and no token at all."""

import pytest

from tests.support.customers import CREATE, ERASE, EVENTS, LIST, NOBODY, PATCH, READ, STATUS
from tests.support.gateway import Gateway
from tests.support.problems import code

NEEDS = {
    CREATE: "customers/write",
    LIST: "customers/read",
    READ: "customers/read",
    PATCH: "customers/write",
    ERASE: "customers/erase",
    STATUS: "customers/write",
    EVENTS: "customers/read",
}
SCOPES = ["", "customers/read", "customers/write", "customers/erase", "credit/read ssn/reveal", "customers", "*"]


@pytest.mark.parametrize("route_key", NEEDS)
def test_without_a_token_every_route_is_closed(gateway: Gateway, route_key: str) -> None:
    stranger = Gateway(gateway.handler, scope=None)
    answer = stranger.call(route_key, path={"customer_id": NOBODY}, body={}, query="surprise=1")
    assert code(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route_key", NEEDS)
def test_a_route_opens_to_its_own_scope_and_to_no_other(gateway: Gateway, route_key: str) -> None:
    opened = []
    for scope in SCOPES:
        answer = Gateway(gateway.handler, scope=scope).call(route_key, path={"customer_id": NOBODY}, body={})
        if answer.status == 403:
            assert code(answer) == (403, "insufficient_scope")
            assert NEEDS[route_key] in answer.headers["www-authenticate"]
        else:
            opened.append(scope)
    assert opened == [NEEDS[route_key]]


def test_a_token_without_a_client_is_no_token(gateway: Gateway) -> None:
    nobody = Gateway(gateway.handler, client_id="")
    assert code(nobody.call(LIST)) == (401, "unauthenticated")
