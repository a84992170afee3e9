"""Who asks, and for whom."""

import pytest
from chalice.app import Response

from functions.shared.caller import Caller, caller
from functions.shared.problems import MalformedHeader
from functions.shared.replies import reply
from tests.support.gateway import Gateway
from tests.support.greeter import Greeter
from tests.support.problems import code


def test_a_caller_is_the_client_alone_where_it_names_nobody() -> None:
    assert caller("client-1", None) == Caller(client_id="client-1", actor=None)


@pytest.mark.parametrize("actor", ["u", "user-17", "a b", "a@b!", "~", "x" * 128])
def test_a_person_is_any_printable_id(actor: str) -> None:
    assert caller("client-1", actor).actor == actor


@pytest.mark.parametrize("actor", ["", " ", " a", "a ", "x" * 129, "a\nb", "a\n", "\x00", "\x7f", "é", "\u200b"])
def test_what_is_no_printable_id_is_refused_and_not_sent_back(actor: str) -> None:
    with pytest.raises(MalformedHeader) as refusal:
        caller("client-1", actor)
    assert refusal.value.detail == "Dossier-Actor is the id of the person you act for: 1 to 128 printable characters."


def test_a_view_learns_the_client_of_the_token_and_the_person_of_the_header(app: Greeter) -> None:
    @app.endpoint("GET", "/v1/who", scope="greetings/read")
    def who() -> Response:
        return reply(app.caller)

    gateway = Gateway(app, scope="greetings/read", client_id="client-7")
    assert gateway.call("GET /v1/who").json == {"client_id": "client-7", "actor": None}
    named = gateway.call("GET /v1/who", headers={"Dossier-Actor": "user-17"})
    assert named.json == {"client_id": "client-7", "actor": "user-17"}
    assert code(gateway.call("GET /v1/who", headers={"Dossier-Actor": "é"})) == (400, "malformed_header")


@pytest.mark.parametrize("actor", ["523-45-6781", "523456781", "a,b", "a, b"])
def test_what_looks_like_an_ssn_or_two_headers_in_one_is_refused(actor: str) -> None:
    with pytest.raises(MalformedHeader) as refusal:
        caller("client-7", actor)
    assert actor not in refusal.value.detail
