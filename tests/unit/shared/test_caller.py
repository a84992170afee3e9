"""Who asks, and for whom."""

import pytest
from chalice.app import Response

from functions.shared.plain.problems import MalformedHeader
from functions.shared.requests.caller import Caller, caller
from functions.shared.requests.replies import reply
from tests.support.gateway import Gateway
from tests.support.greeter import Greeter
from tests.support.problems import code


def test_a_caller_is_the_client_alone_where_it_names_nobody() -> None:
    assert caller("client-1", None) == Caller(client_id="client-1", actor=None)


@pytest.mark.parametrize("actor", ["u", "user-17", "a b", "a@b!", "~", "x" * 128])
def test_a_person_is_any_printable_id(actor: str) -> None:
    assert caller("client-1", actor).actor == actor


ALLOWED = "Send the id of the person you act for: 1 to 128 printable ASCII characters without a comma."


@pytest.mark.parametrize(
    ("actor", "fault"),
    [
        ("", "has 0 characters"),
        (" ", "starts or ends with a space"),
        (" a", "starts or ends with a space"),
        ("a ", "starts or ends with a space"),
        ("x" * 129, "has 129 characters"),
        ("a\nb", "has a character that is not allowed at position 2"),
        ("a\n", "has a character that is not allowed at position 2"),
        ("\x00", "has a character that is not allowed at position 1"),
        ("\x7f", "has a character that is not allowed at position 1"),
        ("M\u00fcller, Jane", "has a character that is not allowed at position 2"),
        ("Mueller, Jane", "has a character that is not allowed at position 8"),
        ("ab\u200b", "has a character that is not allowed at position 3"),
        ("523-45-6781", "looks like a social security number"),
        ("523456781", "looks like a social security number"),
    ],
)
def test_what_is_no_printable_id_is_refused_with_the_place_and_not_sent_back(actor: str, fault: str) -> None:
    with pytest.raises(MalformedHeader) as refusal:
        caller("client-1", actor)
    assert refusal.value.detail == f"Dossier-Actor {fault}. {ALLOWED}"


def test_a_view_learns_the_client_of_the_token_and_the_person_of_the_header(app: Greeter) -> None:
    @app.endpoint("GET", "/v1/who", scope="greetings/read")
    def who() -> Response:
        return reply(app.caller)

    gateway = Gateway(app, scope="greetings/read", client_id="client-7")
    assert gateway.call("GET /v1/who").json == {"client_id": "client-7", "actor": None}
    named = gateway.call("GET /v1/who", headers={"Dossier-Actor": "user-17"})
    assert named.json == {"client_id": "client-7", "actor": "user-17"}
    refused = gateway.call("GET /v1/who", headers={"Dossier-Actor": "Müller, Jane"})
    assert code(refused) == (400, "malformed_header")
    assert refused.json["detail"] == f"Dossier-Actor has a character that is not allowed at position 2. {ALLOWED}"
