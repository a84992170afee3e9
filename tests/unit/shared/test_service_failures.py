"""Whatever goes wrong becomes a problem document."""

from typing import Any

import pytest
from chalice.app import Response

from functions.shared.aws.errors import CallFailed, CallUnanswered
from functions.shared.plain.problems import Problem
from functions.shared.requests.replies import reply
from functions.shared.requests.service import Service
from tests.support.gateway import Answer, Gateway
from tests.support.greeter import FAIL, SECRET, Greeter, Greeting, aws
from tests.support.logs import LogText
from tests.support.problems import code


def failed(app: Greeter, failure: Exception) -> Answer:
    """The answer when a view raises this."""
    app.failure = failure
    return Gateway(app, scope=None).call(FAIL)


def test_a_problem_is_answered_as_it_is(app: Greeter) -> None:
    class Teapot(Problem):
        status = 418
        code = "teapot"
        title = "It is a teapot"

    answer = failed(app, Teapot("Ask another pot.", headers={"Retry-After": "60"}))
    assert code(answer) == (418, "teapot")
    assert answer.json["detail"] == "Ask another pot."
    assert answer.headers["retry-after"] == "60"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("withdrawn", ["DisabledException", "KMSInvalidStateException"])
def test_a_key_that_is_out_of_use_is_a_503_for_an_operator_to_end(
    app: Greeter, log_text: LogText, withdrawn: str
) -> None:
    answer = failed(app, aws(withdrawn))
    assert code(answer) == (503, "dependency_unavailable")
    assert answer.headers["retry-after"] == "1"
    line = log_text.lines[0]
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "key withdrawn", withdrawn)


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError(SECRET),
        KeyError(SECRET),
        RecursionError(SECRET),
        AssertionError(SECRET),
        aws("AccessDeniedException"),
        aws("ResourceNotFoundException"),
        aws("ValidationException"),
        CallFailed("ParamValidationError"),
    ],
)
def test_a_defect_is_a_500_that_tells_nothing(
    app: Greeter, log_text: LogText, failure: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = failed(app, failure)
    assert code(answer) == (500, "internal_error")
    assert answer.json["detail"] == "Report the request_id to the operator. The log contains the failure under it."
    assert SECRET not in answer.text + log_text.getvalue() + "".join(capfd.readouterr())
    defect, request = log_text.lines
    aws_code = getattr(failure, "code", None)
    assert (defect["level"], defect["message"]) == ("ERROR", "defect")
    assert defect["error"] == (aws_code or type(failure).__name__)
    assert defect["stack"][-1].endswith(" fail")
    assert defect["request_id"] == "request-under-test"
    assert (request["status"], request["code"]) == (500, "internal_error")


@pytest.mark.parametrize(
    ("failure", "logged"),
    [
        (aws("ThrottlingException"), "ThrottlingException"),
        (aws("ProvisionedThroughputExceededException"), "ProvisionedThroughputExceededException"),
        (aws("InternalServerError", 500), "InternalServerError"),
        (aws("AnythingAtAll", 503), "AnythingAtAll"),
        (CallUnanswered("TimeoutError", maybe_received=True), "TimeoutError"),
        (CallUnanswered("ConnectionRefusedError", maybe_received=False), "ConnectionRefusedError"),
    ],
)
def test_a_dependency_that_fails_for_a_moment_is_a_503_with_retry_after(
    app: Greeter, log_text: LogText, failure: Exception, logged: str
) -> None:
    answer = failed(app, failure)
    assert code(answer) == (503, "dependency_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert SECRET not in answer.text + log_text.getvalue()
    warning, request = log_text.lines
    assert (warning["level"], warning["error"]) == ("WARNING", logged)
    assert (request["status"], request["code"]) == (503, "dependency_unavailable")


def test_what_pydantic_refuses_inside_a_view_is_our_defect(app: Greeter, log_text: LogText) -> None:
    @app.endpoint("GET", "/v1/stored", scope=None)
    def stored() -> Response:
        return reply(Greeting.model_validate({"text": {SECRET: 1}}))

    answer = Gateway(app).call("GET /v1/stored")
    assert code(answer) == (500, "internal_error")
    assert SECRET not in answer.text + log_text.getvalue()


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"version": "1.0", "resource": "/v1/failures", "httpMethod": "GET", "requestContext": {}},
        {"version": "1.0", "routeKey": FAIL},
        {"version": "2.0"},
        # What chalice itself would take.
        {"requestContext": {"resourcePath": "/v1/failures", "httpMethod": "GET"}, "headers": {}},
        {"Records": [{"eventSource": "aws:sqs"}]},
    ],
)
def test_an_event_of_another_kind_is_refused(app: Greeter, event: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        app(event, None)


def test_outside_a_request_there_is_none() -> None:
    with pytest.raises(RuntimeError):
        _ = Service("idle").request
