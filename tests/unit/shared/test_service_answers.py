"""What goes back to the gateway, what goes into the log, and health."""

import pytest
from chalice.app import Response

from functions.shared.aws.errors import CallUnanswered
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from functions.shared.requests.standard_routes import Health, add_health
from tests.support.gateway import Answer, Gateway
from tests.support.greeter import FAIL, GREET, SECRET, SEND, Greeter, aws
from tests.support.logs import LogText
from tests.support.problems import code


def test_every_answer_names_its_request(app: Greeter) -> None:
    app.failure = RuntimeError()
    everyone = Gateway(app, scope=None)
    answers = [everyone.call(route) for route in ("GET /health/greeter", FAIL, "GET /nowhere", SEND)]
    assert [answer.status for answer in answers] == [200, 500, 404, 401]
    assert {answer.headers["dossier-request-id"] for answer in answers} == {"request-under-test"}


@pytest.mark.parametrize("route_key", [GREET, "GET /nowhere"])
def test_an_answer_has_the_members_of_payload_format_2(gateway: Gateway, route_key: str) -> None:
    event = gateway.event(route_key, {"name": "ada"}, "", {})
    assert sorted(gateway.handler(event, None)) == ["body", "headers", "statusCode"]


def test_a_resource_is_kept_by_its_reader_alone_and_only_with_its_tag(gateway: Gateway) -> None:
    answer = gateway.call(GREET, path={"name": "ada"})
    assert answer.headers["etag"] == '"3"'
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-type"] == "application/json"


def test_an_answer_without_a_version_is_kept_by_nobody(gateway: Gateway) -> None:
    answer = gateway.call(SEND, body={"text": "a"})
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_an_answer_without_a_model_has_no_body(gateway: Gateway) -> None:
    answer = gateway.call("DELETE /v1/greetings/{name}", path={"name": "ada"}, headers={"If-Match": '"3"'})
    assert (answer.status, answer.text) == (204, "")
    assert "content-type" not in answer.headers


def test_conditions_are_read_whatever_the_case_of_their_header(app: Greeter, gateway: Gateway) -> None:
    @app.endpoint("GET", "/v1/known", scope=None)
    def known() -> Response:
        return reply(status=304 if app.not_modified(3) else 200)

    event = gateway.event("GET /v1/known", {}, "", {"IF-NONE-MATCH": '"3"'})
    assert gateway.handler(event, None)["statusCode"] == 304
    assert gateway.call("GET /v1/known", headers={"If-None-Match": '"2"'}).status == 200
    assert gateway.call("GET /v1/known").status == 200


def test_an_event_without_headers_is_served(gateway: Gateway) -> None:
    event = gateway.event("GET /health/greeter", {}, "", {})
    del event["headers"]
    del event["rawQueryString"]
    assert gateway.handler(event, None)["statusCode"] == 200


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_request_is_one_line_without_path_query_or_body(
    app: Greeter, log_text: LogText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_VERSION", "1.2.3")
    gateway = Gateway(app, scope="greetings/read", client_id="client-7")
    gateway.call(GREET, path={"name": SECRET}, headers={"traceparent": TRACE, "cookie": SECRET})
    (line,) = log_text.lines
    assert line.pop("time")
    assert line.pop("duration_ms") >= 0
    assert line == {
        "level": "INFO",
        "message": "request",
        "service": "greeter",
        "version": "1.2.3",
        "request_id": "request-under-test",
        "route_key": GREET,
        "client_id": "client-7",
        "traceparent": TRACE,
        "aws_calls": 0,
        "status": 200,
        "status_class": "2xx",
        "cold_start": 1,
    }


def test_only_the_first_request_of_a_process_is_a_cold_start(gateway: Gateway, log_text: LogText) -> None:
    gateway.call(GREET, path={"name": "Ada"})
    gateway.call(GREET, path={"name": "Ada"})
    assert [line["cold_start"] for line in log_text.lines] == [1, 0]


def test_a_request_for_an_unknown_route_is_logged_too(gateway: Gateway, log_text: LogText) -> None:
    gateway.call("GET /nowhere", query={"q": SECRET})
    (line,) = log_text.lines
    assert (line["route_key"], line["status"], line["code"]) == ("GET /nowhere", 404, "unknown_route")
    assert SECRET not in log_text.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00-1-2-3",
        TRACE.upper(),
        TRACE + "-x",
        "ff" + TRACE[2:],
        TRACE + "\n",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ],
)
def test_a_malformed_traceparent_is_not_logged(gateway: Gateway, log_text: LogText, value: str) -> None:
    gateway.call("GET /health/greeter", headers={"traceparent": value})
    assert "traceparent" not in log_text.lines[0]


def test_a_request_does_not_inherit_from_the_one_before(gateway: Gateway, log_text: LogText) -> None:
    gateway.call(SEND, body="{", headers={"traceparent": TRACE})
    gateway.call("GET /health/greeter")
    assert not {"code", "traceparent"} & set(log_text.lines[1])


def test_a_service_that_can_work_says_so_with_its_version(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_VERSION", "1.2.3")
    answer = gateway.call("GET /health/greeter")
    assert answer.status == 200
    assert Health.model_validate_json(answer.text) == Health(service="greeter", version="1.2.3", status="ok")


def test_a_service_that_was_not_deployed_has_no_version(gateway: Gateway) -> None:
    assert gateway.call("GET /health/greeter").json["version"] == "unreleased"


def health_when_checked(failure: Exception) -> Answer:
    """The health of a service whose check fails."""

    def check() -> None:
        raise failure

    ill = Service("ill")
    add_health(ill, check)
    return Gateway(ill, scope=None).call("GET /health/ill")


@pytest.mark.parametrize(
    ("failure", "logged"),
    [
        (aws("ThrottlingException"), "ThrottlingException"),
        (aws("ResourceNotFoundException"), "ResourceNotFoundException"),
        (aws("AccessDeniedException"), "AccessDeniedException"),
        (CallUnanswered("ReadTimeoutError", maybe_received=True), "ReadTimeoutError"),
    ],
)
def test_a_service_that_aws_refuses_is_503(failure: Exception, logged: str, log_text: LogText) -> None:
    answer = health_when_checked(failure)
    assert code(answer) == (503, "dependency_unavailable")
    assert SECRET not in answer.text + log_text.getvalue()
    assert [line.get("error") for line in log_text.lines] == [logged, None]


def test_an_ill_service_says_when_to_ask_again() -> None:
    # api.md: a dependency that fails gives 503 with Retry-After.
    assert health_when_checked(aws("ThrottlingException")).headers["retry-after"] == "1"


def test_a_check_that_is_broken_is_our_defect(log_text: LogText) -> None:
    answer = health_when_checked(RuntimeError(SECRET))
    assert code(answer) == (500, "internal_error")
    assert SECRET not in answer.text + log_text.getvalue()
