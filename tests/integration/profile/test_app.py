"""GET /v1/profiles/{customer_id}, and the service's health."""

import json

import pytest

from tests.integration.profile.conftest import CUSTOMER, CUSTOMER_ID, SCORE, SSN
from tests.integration.profile.services import Services, answers, refuses
from tests.support.gateway import Answer, Gateway
from tests.support.logs import LogText
from tests.support.problems import code

READ = "GET /v1/profiles/{customer_id}"
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def read(profile: Gateway, query: str = "purpose=account_review", **headers: str) -> Answer:
    """Read Ada's profile."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return profile.call(READ, path={"customer_id": CUSTOMER_ID}, query=query, headers=sent)


def test_a_profile_is_what_the_three_services_say(profile: Gateway) -> None:
    answer = read(profile)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json == {
        "customer_id": CUSTOMER_ID,
        "customer": {"status": "ok", "http_status": 200, "data": CUSTOMER, "problem": None},
        "credit": {"status": "ok", "http_status": 200, "data": SCORE, "problem": None},
        "ssn": {"status": "ok", "http_status": 200, "data": SSN, "problem": None},
    }


def test_each_service_is_asked_once_with_the_callers_own_headers_and_no_others(
    profile: Gateway, services: Services
) -> None:
    sent = {"authorization": "Bearer a.b.c", "dossier_actor": "clerk 7", "traceparent": TRACEPARENT}
    read(profile, **sent, cookie="secret", x_forwarded_for="192.0.2.1", idempotency_key="k")
    asked = {path.split("?")[0]: headers for path, headers in services.asked if path != "/services"}
    assert sorted(asked) == [
        f"/v1/credit/{CUSTOMER_ID}/score",
        f"/v1/customers/{CUSTOMER_ID}",
        f"/v1/ssn/{CUSTOMER_ID}",
    ]
    assert len(services.asked) == 4
    of_http = {"host", "user-agent", "accept-encoding"}
    for headers in asked.values():
        assert {name: value for name, value in headers.items() if name not in of_http} == {
            "authorization": "Bearer a.b.c",
            "dossier-actor": "clerk 7",
            "traceparent": TRACEPARENT,
        }


def test_the_registry_is_asked_without_the_callers_token(profile: Gateway, services: Services) -> None:
    read(profile, authorization="Bearer a.b.c")
    [headers] = [headers for path, headers in services.asked if path == "/services"]
    assert "authorization" not in headers


def test_a_registry_that_takes_a_scope_is_asked_with_the_callers_token(
    profile: Gateway, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_SCOPE", "registry/read")
    read(profile, authorization="Bearer a.b.c")
    assert [headers["authorization"] for path, headers in services.asked if path == "/services"] == ["Bearer a.b.c"]


def test_a_caller_may_have_no_token_of_its_own_to_pass_on(profile: Gateway, services: Services) -> None:
    # As in `sam local`, where the claims come from the environment.
    assert read(profile).status == 200
    assert not any("authorization" in headers for _, headers in services.asked)


def test_a_traceparent_that_no_client_can_send_on_is_left_out(profile: Gateway, services: Services) -> None:
    assert read(profile, traceparent="00-ü").json["customer"]["status"] == "ok"
    assert not any("traceparent" in headers for _, headers in services.asked)


def test_the_purpose_goes_to_credit_as_it_is_and_to_nobody_else(profile: Gateway, services: Services) -> None:
    read(profile, "purpose=a%26b%3Dc%20%C3%BC%2F..")
    queries = {path.partition("?")[0]: path.partition("?")[2] for path, _ in services.asked}
    assert queries.pop(f"/v1/credit/{CUSTOMER_ID}/score") == "purpose=a%26b%3Dc+%C3%BC%2F.."
    assert set(queries.values()) == {""}


@pytest.mark.parametrize("query", ["", "purpose=", f"purpose={'x' * 101}", "purpose=a&purpose=b", "purpose=a&depth=2"])
def test_a_profile_is_read_for_one_purpose(profile: Gateway, services: Services, query: str) -> None:
    assert code(read(profile, query)) == (422, "invalid_request")
    assert services.asked == []


def test_a_purpose_that_credit_refuses_is_refused_in_that_part_alone(profile: Gateway, services: Services) -> None:
    services.behaviours["credit"] = refuses(422, "invalid_request")
    parts = read(profile, "purpose=curiosity").json
    assert (parts["credit"]["status"], parts["credit"]["problem"]["code"]) == ("refused", "invalid_request")
    assert (parts["customer"]["status"], parts["ssn"]["status"]) == ("ok", "ok")


@pytest.mark.parametrize(
    "customer_id", ["nobody", "..", ".", "%2e%2e", "..%2Fservices", "cus_1?x", "cus_%0d%0a", "a" * 4000]
)
def test_what_is_no_customer_id_is_not_found_and_nobody_is_asked(
    profile: Gateway, services: Services, customer_id: str
) -> None:
    answer = profile.call(READ, path={"customer_id": customer_id}, query="purpose=account_review")
    assert code(answer) == (404, "customer_not_found")
    assert services.asked == []


@pytest.mark.parametrize("actor", ["", "a,b", "899-99-1234", "ü", "x" * 129])
def test_what_is_no_actor_is_refused_once_for_all_parts(profile: Gateway, services: Services, actor: str) -> None:
    assert code(read(profile, dossier_actor=actor)) == (400, "malformed_header")
    assert services.asked == []


def test_without_a_token_there_is_no_profile(profile: Gateway, services: Services) -> None:
    assert code(read(Gateway(profile.handler, scope=None))) == (401, "unauthenticated")
    assert services.asked == []


@pytest.mark.parametrize("scope", ["", "profiles", "customers/read credit/read ssn/read"])
def test_the_parts_scopes_do_not_open_the_profile(profile: Gateway, services: Services, scope: str) -> None:
    assert code(read(Gateway(profile.handler, scope=scope))) == (403, "insufficient_scope")
    assert services.asked == []


def test_the_log_says_what_came_of_each_part_and_nothing_of_whom(
    profile: Gateway, services: Services, log_text: LogText
) -> None:
    services.behaviours["ssn"] = answers(200, {"masked": "***-**-1234", "ssn": "899-99-1234"})
    answer = read(profile, authorization="Bearer a.b.c", dossier_actor="clerk-7", query="purpose=curiosity")
    [line] = log_text.lines
    assert line["parts"] == {"customer": "ok", "credit": "ok", "ssn": "invalid_answer"}
    for secret in (CUSTOMER_ID, "Ada", "712", "1234", "a.b.c", "clerk-7", "curiosity"):
        assert secret not in log_text.getvalue()
    assert "899" not in json.dumps(answer.json)


def test_a_service_without_neighbours_is_well(profile: Gateway, services: Services) -> None:
    services.behaviours.clear()
    answer = Gateway(profile.handler, scope=None).call("GET /health/profile")
    assert (answer.status, answer.json["status"]) == (200, "ok")
    assert services.asked == []
