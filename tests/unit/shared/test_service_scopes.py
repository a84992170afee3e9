"""The scope guard stands before everything else."""

import pytest
from chalice.app import Response

from functions.shared.requests.replies import reply
from tests.support.gateway import Gateway
from tests.support.greeter import GREET, SEND, Greeter
from tests.support.problems import code


def test_without_claims_a_route_with_a_scope_is_closed(app: Greeter) -> None:
    answer = Gateway(app, scope=None).call(GREET, path={"name": "ada"})
    assert code(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_with_another_scope_it_is_closed(app: Greeter) -> None:
    answer = Gateway(app, scope="greetings/write").call(GREET, path={"name": "ada"})
    assert code(answer) == (403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="greetings/read"'


def test_who_may_not_call_learns_nothing_of_the_request(app: Greeter) -> None:
    stranger = Gateway(app, scope=None)
    assert stranger.call(SEND, body="{", query="colour=red", headers={"content-type": "text/plain"}).status == 401
    assert stranger.call(SEND, body="a" * 40_000).status == 401


def test_a_public_route_needs_no_claims(app: Greeter) -> None:
    assert Gateway(app, scope=None).call("GET /health/greeter").status == 200


def test_a_public_route_takes_a_scope_where_the_deployment_says_so(
    app: Greeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_SCOPE", "registry/read")
    health = "GET /health/greeter"
    assert code(Gateway(app, scope=None).call(health)) == (401, "unauthenticated")
    assert code(Gateway(app, scope="greetings/read").call(health)) == (403, "insufficient_scope")
    assert Gateway(app, scope="registry/read").call(health).status == 200
    assert Gateway(app, scope="greetings/read").call(GREET, path={"name": "ada"}).status == 200


def test_the_caller_is_the_client_of_the_token(app: Greeter) -> None:
    seen: list[str] = []

    @app.endpoint("GET", "/v1/who", scope="greetings/read")
    def who() -> Response:
        seen.append(app.client_id)
        return reply()

    Gateway(app, scope="greetings/read", client_id="client-7").call("GET /v1/who")
    assert seen == ["client-7"]


def test_a_route_tells_its_scope_and_a_public_one_has_none(app: Greeter) -> None:
    guarded = app.routes["/v1/greetings/{name}"]["GET"].authorizer
    assert guarded is not None
    assert guarded.scopes == ["greetings/read"]
    assert app.routes["/v1/failures"]["GET"].authorizer is None
