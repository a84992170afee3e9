"""The public routes: what is registered, how it is, and how it is described."""

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import validate

from gateway_config.registry.public import may_be_public
from infra.bootstrap import ROOT
from tests.e2e.api import Api, expect, problem
from tests.e2e.route_templates import Route

LOOPBACK = re.compile(r"^http://(?=(127\.0\.0\.1|localhost)[:/])")


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
    assert said["deployed_at"] is None or datetime.fromisoformat(said["deployed_at"])
    assert said["problems"] == []
    assert said["health"] == "ok"


def test_a_service_is_listed_as_it_is_shown(api: Api, service: str) -> None:
    shown = api.call("GET", f"/services/{service}", scopes=None).json()
    assert shown in api.call("GET", "/services", scopes=None).json()["items"]


def test_a_service_that_is_not_registered_is_not_found(api: Api) -> None:
    problem(api.call("GET", "/services/nope", scopes=None), 404, "service_not_registered")


@pytest.mark.parametrize(
    "path", ["/", "/services", "/services/customer", "/health", "/health/customer", "/docs", "/openapi.json"]
)
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


def test_no_route_of_the_gateway_is_open_but_those_that_may_be(api: Api) -> None:
    services = api.call("GET", "/services", scopes=None).json()["items"]
    routes = [route for service in services for route in service["routes"]]
    assert {route["method"] for route in routes} >= {"GET", "POST", "DELETE"}
    unscoped = [f"{route['method']} {route['path']}" for route in routes if not route["scopes"]]
    assert [key for key in unscoped if not may_be_public(key)] == []


@pytest.fixture(scope="module")
def merged(api: Api) -> Any:
    """The merged OpenAPI document."""
    answer = api.call("GET", "/openapi.json", scopes=None)
    expect(answer, 200)
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def test_the_merged_openapi_is_valid_and_nobody_is_missing(merged: Any) -> None:
    validate(merged)
    assert merged["openapi"].startswith("3.1")
    assert merged["x-unavailable"] == []


def test_the_merged_openapi_has_the_routes_that_there_are_with_their_scopes(merged: Any, routes: list[Route]) -> None:
    for route in routes:
        operation = merged["paths"][route.path][route.method.lower()]
        assert operation["tags"] == [route.service]
        assert operation["summary"] != "Undocumented operation"
        scopes = [security["oauth2"] for security in operation["security"] if "oauth2" in security]
        assert scopes == [[scope] for scope in route.scopes]


def test_an_operation_of_the_merged_openapi_is_called_where_it_says(api: Api, merged: Any) -> None:
    answer = api.call("GET", "/openapi.json", scopes=None)
    base = merged["servers"][0]["url"]
    assert base == str(api.http.base_url).rstrip("/")
    assert str(answer.request.url) == f"{base}/openapi.json"
    expect(api.call("GET", f"{base}/health", scopes=None), 200)


def test_the_merged_openapi_passes_spectral(merged: Any, tmp_path: Path) -> None:
    spectral = ROOT / ".dossier" / "spectral"
    program = spectral / "node_modules" / ".bin" / "spectral"
    if not program.exists():
        pytest.skip("Spectral is missing: make spectral")
    ruleset = spectral / "spectral.yaml"
    # Beside its packages, where it finds OWASP's rules.
    ruleset.write_text((ROOT / "gateway_config" / "spectral.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    # OWASP's rules require https, which a gateway on this machine does not have.
    served = [{**server, "url": LOOPBACK.sub("https://", server["url"])} for server in merged["servers"]]
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({**merged, "servers": served}), encoding="utf-8")
    run = subprocess.run(
        [program, "lint", document, "--ruleset", ruleset, "--fail-severity", "hint"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/", "/docs/problems"])
def test_a_page_and_all_that_it_loads_are_there_and_are_kept(api: Api, path: str) -> None:
    page = api.call("GET", path, scopes=None)
    expect(page, 200)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    expect(api.call("GET", path, scopes=None, headers={"If-None-Match": page.headers["ETag"]}), 304)
    for name in re.findall(r"(?:href|src)=\"([^\"]+\.(?:css|js|svg))\"", page.text):
        answer = api.call("GET", urljoin(str(page.request.url), name), scopes=None)
        expect(answer, 200)
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"


def test_a_problem_is_explained_where_its_type_says(api: Api) -> None:
    document = problem(api.call("GET", "/services/nope", scopes=None), 404, "service_not_registered")
    path, _, code = document["type"].partition("#")
    assert f'id="{code}"' in api.call("GET", path, scopes=None).text
    assert path == f"{str(api.http.base_url).rstrip('/')}/docs/problems"


@pytest.mark.parametrize("name", ["customer", "credit", "ssn", "profile", "registry"])
def test_a_services_document_names_the_gateway_and_is_compressed_and_kept(api: Api, name: str) -> None:
    answer = api.call("GET", f"/openapi/{name}", scopes=None)
    expect(answer, 200)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["servers"] == [{"url": str(api.http.base_url).rstrip("/")}]
    again = api.call("GET", f"/openapi/{name}", scopes=None, headers={"If-None-Match": answer.headers["ETag"]})
    expect(again, 304)
