"""The check that holds the responses of all integration tests to the OpenAPI documents finds what is wrong."""

import json

import pytest
from jsonschema_rs import ValidationError

from tests.support.openapi_conformance import check_response

READ = "GET /v1/customers/{customer_id}"
PROBLEM = "application/problem+json"
NOT_FOUND = {
    "type": "https://api.example.com/docs/problems#customer_not_found",
    "title": "No customer has this id",
    "status": 404,
    "code": "customer_not_found",
    "request_id": "r",
}


def test_a_documented_response_passes() -> None:
    check_response(READ, 404, PROBLEM, json.dumps(NOT_FOUND))
    check_response(READ, 304, "", "")
    check_response(READ, 401, "application/json", '{"message": "Unauthorized"}')


def test_a_route_of_no_service_passes() -> None:
    check_response("GET /v1/greetings", 418, "text/plain", "no JSON")


def test_a_closed_stage_refuses_on_public_routes() -> None:
    check_response("GET /health/customer", 401, PROBLEM, json.dumps(NOT_FOUND))


@pytest.mark.parametrize(
    ("status", "media_type", "body", "fault"),
    [
        (418, PROBLEM, NOT_FOUND, AssertionError),
        (404, "application/json", NOT_FOUND, AssertionError),
        (404, PROBLEM, {"message": "Not Found"}, ValidationError),
        (200, "application/json", {"id": "cus_1"}, ValidationError),
        (401, "application/json", {"error": "Unauthorized"}, ValidationError),
    ],
)
def test_another_response_fails(status: int, media_type: str, body: object, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        check_response(READ, status, media_type, json.dumps(body))
