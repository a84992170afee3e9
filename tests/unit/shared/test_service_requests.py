"""Paths and queries of 2.0 events as views see them."""

from typing import Any

import pytest
from chalice.app import Response

from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from tests.support.gateway import Gateway
from tests.support.greeter import GREET, SECRET, SEND, Greeting, Words
from tests.support.logs import LogText
from tests.support.problems import code


def test_a_parameter_arrives_as_the_views_argument(gateway: Gateway) -> None:
    assert gateway.call(GREET, path={"name": "ada"}).json == {"name": "ada"}


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    [("Zo%C3%AB", "Zoë"), ("a%2Fb", "a/b"), ("a%20b", "a b"), ("a+b", "a+b"), ("a%25", "a%"), ("%FF", "\ufffd")],
)
def test_a_parameter_is_percent_decoded(gateway: Gateway, encoded: str, decoded: str) -> None:
    assert gateway.call(GREET, path={"name": encoded}).json == {"name": decoded}


@pytest.mark.parametrize(
    "route_key", ["GET /v2/greetings", "PUT /v1/greetings", "$default", "ANY /v1/greetings", "GET /v1/greetings/"]
)
def test_a_route_that_this_version_does_not_know_is_404(gateway: Gateway, route_key: str) -> None:
    answer = gateway.call(route_key)
    assert code(answer) == (404, "unknown_route")


LIST = "GET /v1/greetings"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("", "hello"),
        ("word=good%20day", "good day"),
        ("word=good+day", "good day"),
        ("word=", ""),
        ("word=%C3%A9", "é"),
        ("word=a%26times%3D2", "a&times=2"),
        ("word=a=b", "a=b"),
    ],
)
def test_a_parameter_is_decoded(gateway: Gateway, query: str, word: str) -> None:
    answer = gateway.call(LIST, query=query)
    assert (answer.status, answer.json["word"]) == (200, word)


def test_an_unknown_parameter_is_refused_by_name(gateway: Gateway) -> None:
    answer = gateway.call(LIST, query="colour=red")
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [{"pointer": "/colour", "message": "Not known here"}]


def test_a_route_without_query_refuses_every_parameter(gateway: Gateway) -> None:
    assert code(gateway.call(GREET, path={"name": "a"}, query="word=x")) == (422, "invalid_request")
    assert code(gateway.call(SEND, body={"text": "x"}, query="word=x")) == (422, "invalid_request")
    assert code(gateway.call("GET /health/greeter", query="word=x")) == (422, "invalid_request")


@pytest.mark.parametrize("query", ["word=a&word=b", "word=a&word=a", "word=&word="])
def test_a_repeated_parameter_is_refused_even_with_one_value(gateway: Gateway, query: str) -> None:
    answer = gateway.call(LIST, query=query)
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"] == [{"pointer": "/word", "message": "Given more than once"}]


def test_a_value_that_does_not_fit_is_not_sent_back(gateway: Gateway) -> None:
    answer = gateway.call(LIST, query={"times": SECRET})
    assert code(answer) == (422, "invalid_request")
    assert answer.json["errors"][0]["pointer"] == "/times"
    assert SECRET not in answer.text


def test_a_thousand_repeated_parameters_are_answered_with_twenty(gateway: Gateway) -> None:
    query = "&".join(f"p{number}=1&p{number}=2" for number in range(1000))
    assert len(gateway.call(LIST, query=query).json["errors"]) == 20


@pytest.fixture
def discreet() -> Gateway:
    """A service that takes a name for a secret."""
    service = Service("discreet", names_unknown_members=False)

    @service.endpoint("POST", "/v1/secrets", scope=None)
    def keep(query: Words, body: Greeting) -> Response:
        return reply(body, headers={"Word": query.word})

    return Gateway(service)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"{SECRET}=1", {"text": "a"}),
        (f"{SECRET}=1&{SECRET}=2", {"text": "a"}),
        ("", {"text": "a", SECRET: 1}),
        ("", {"text": {SECRET: 1}}),
        ("", {SECRET: SECRET}),
    ],
)
def test_an_unknown_name_is_refused_without_being_named(
    discreet: Gateway, log_text: LogText, query: str, body: Any
) -> None:
    answer = discreet.call("POST /v1/secrets", query=query, body=body)
    assert code(answer) == (422, "invalid_request")
    assert SECRET not in answer.text + log_text.getvalue()


def test_a_known_name_is_still_named(discreet: Gateway) -> None:
    answer = discreet.call("POST /v1/secrets", query="word=a&word=b", body={"text": "a"})
    assert answer.json["errors"] == [{"pointer": "/word", "message": "Given more than once"}]
