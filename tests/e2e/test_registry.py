"""The public routes: what is registered, and how it is."""

import pytest

from tests.e2e.api import Api, expect, problem
from tests.e2e.route_templates import Route


def test_the_routes_of_the_registry_are_those_of_the_templates(api: Api, routes: list[Route]) -> None:
    services = {route.service for route in routes}
    answer = api.call("GET", "/services", scopes=None)
    expect(answer, 200)
    registered = {
        (service["name"], route["method"], route["path"], tuple(route["scopes"]))
        for service in answer.json()["items"]
        # Others may be registered in the same gateway.
        if service["name"] in services
        for route in service["routes"]
    }
    assert registered == set(routes)


def test_a_service_says_who_it_is_and_is_well(api: Api, service: str) -> None:
    answer = api.call("GET", f"/services/{service}", scopes=None)
    expect(answer, 200)
    said = answer.json()
    assert said["name"] == service
    assert said["version"]
    assert said["owner"]
    assert said["docs"]
    assert said["problems"] == []
    assert said["health"] == "ok"


def test_a_service_is_listed_as_it_is_shown(api: Api, service: str) -> None:
    shown = api.call("GET", f"/services/{service}", scopes=None).json()
    assert shown in api.call("GET", "/services", scopes=None).json()["items"]


def test_a_service_that_is_not_registered_is_not_found(api: Api) -> None:
    problem(api.call("GET", "/services/nope", scopes=None), 404, "service_not_registered")


@pytest.mark.parametrize("path", ["/services", "/services/customer", "/health", "/health/customer"])
def test_public_routes_refuse_unknown_query_parameters(api: Api, path: str) -> None:
    answer = api.call("GET", f"{path}?colour=red", scopes=None)
    assert problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/colour"


def test_the_system_is_well(api: Api, service: str) -> None:
    answer = api.call("GET", "/health", scopes=None)
    expect(answer, 200)
    assert answer.json()["services"][service] == "ok"


def test_a_services_own_health_route_says_that_it_is_well(api: Api, service: str) -> None:
    path = "/health" if service == "registry" else f"/health/{service}"
    answer = api.call("GET", path, scopes=None)
    expect(answer, 200)
    assert answer.json()["status"] == "ok"
    assert answer.headers["Cache-Control"] == "no-store"
