"""Each route takes its own scope and no other, and without one nothing is asked of AWS."""

import pytest

from tests.integration.ssn.conftest import EVERY_SCOPE, Sent
from tests.integration.ssn.vault import ADA, ONE, WHY, consent
from tests.support.gateway import Gateway

ROUTES = {
    f"PUT {ONE}": ("ssn/write", {"ssn": "512-73-8046"}),
    f"GET {ONE}": ("ssn/read", None),
    f"DELETE {ONE}": ("ssn/erase", None),
    f"GET {ONE}/consents": ("ssn/read", None),
    f"POST {ONE}/consents/revocations": ("ssn/write", {"client_id": "client", "consent_id": "c1"}),
    f"POST {ONE}/verify": ("ssn/verify", {"ssn": "512-73-8046", "consent": consent("c1")}),
    f"POST {ONE}/reveal": ("ssn/reveal", WHY),
    "POST /v1/ssn/lookup": ("ssn/lookup", {"ssn": "512-73-8046", "purpose": "legal_order"}),
    f"GET {ONE}/audit": ("ssn/audit", None),
    f"GET {ONE}/export": ("ssn/export", None),
}


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_needs_its_own_scope(gateway: Gateway, sent: Sent, route: str) -> None:
    scope, body = ROUTES[route]
    query = {"reference": "req_1"} if route.endswith("export") else {}
    here = {} if "lookup" in route else {"customer_id": ADA}
    for given in ("", "customers/read", " ".join(set(EVERY_SCOPE.split()) - {scope}), "ssn/*", scope.upper()):
        gateway.scope = given
        refused = gateway.call(route, path=here, query=query, body=body)
        assert (refused.status, refused.json["code"]) == (403, "insufficient_scope")
    gateway.scope = None
    assert gateway.call(route, path=here, query=query, body=body).status == 401
    assert sent == []
    gateway.scope = scope
    assert gateway.call(route, path=here, query=query, body=body).status in {201, 204, 404, 428}
