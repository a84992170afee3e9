"""A service with a view of each kind, for tests of what every service shares."""

from chalice.app import Response
from pydantic import BaseModel

from functions.shared.aws.errors import CallRefused
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import add_health

SECRET = "Zq7-secret-Zq7"
GREET = "GET /v1/greetings/{name}"
SEARCH = "GET /v1/greetings"
SEND = "POST /v1/greetings"
CHANGE = "PATCH /v1/greetings"
REMOVE = "DELETE /v1/greetings/{name}"
FAIL = "GET /v1/failures"


class Name(BaseModel):
    """What a path said."""

    name: str


class Greeting(BaseModel, extra="forbid"):
    """A body."""

    text: str


class Volume(BaseModel, extra="forbid"):
    """A body with a number."""

    level: int


class Words(BaseModel, extra="forbid"):
    """A query."""

    word: str = "hello"
    times: int = 1


class Greeter(Service):
    """The service; `failure` is what its failing view raises."""

    failure: Exception = Exception()


def greeter() -> Greeter:
    """A new service with its routes."""
    app = Greeter("greeter")
    add_health(app, lambda: None)

    @app.endpoint("GET", "/v1/greetings/{name}", scope="greetings/read")
    def greet(name: str) -> Response:
        return reply(Name(name=name), version=3)

    @app.endpoint("GET", "/v1/greetings", scope="greetings/read")
    def search(query: Words) -> Response:
        return reply(query)

    @app.endpoint("POST", "/v1/greetings", scope="greetings/write")
    def send(body: Greeting) -> Response:
        return reply(body, status=201, headers={"Location": "greetings/1"})

    @app.endpoint("PATCH", "/v1/greetings", scope="greetings/write", media_types=("application/a+json", "text/b"))
    def change(body: Volume) -> Response:
        return reply(body)

    @app.endpoint("DELETE", "/v1/greetings/{name}", scope="greetings/write")
    def remove(name: str) -> Response:
        app.require_match(len(name))
        return reply(status=204)

    @app.endpoint("GET", "/v1/failures", scope=None)
    def fail() -> Response:
        raise app.failure

    return app


def aws(error: str, status: int = 400) -> CallRefused:
    """An error of AWS."""
    return CallRefused(error, status)
