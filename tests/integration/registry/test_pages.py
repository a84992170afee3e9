"""The pages for people, and the merged OpenAPI document, as the gateway gets them."""

import gzip
import json
import os
import re
from base64 import b64decode
from html.parser import HTMLParser
from typing import Any

import pytest
from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
from openapi_spec_validator import validate

from functions.shared.plain.problems import Problem
from gateway_config.registry.app import handler
from gateway_config.registry.assets import assets
from infra.templates import ROOT
from tests.integration.registry.services import Services, document, encoded, operation
from tests.support.gateway import Answer, Gateway
from tests.support.loopback import serving
from tests.support.problems import code
from tests.support.routes import deploy

CATALOGUE, REFERENCE, PROBLEMS, OPENAPI = "GET /", "GET /docs", "GET /docs/problems", "GET /openapi.json"
ASSET = "GET /docs/{asset_name}"
GATEWAY = ROOT / "gateway_config" / "template.yaml"


class Links(HTMLParser):
    """What a page links to or loads, and every attribute it has."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.targets: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember them."""
        self.tags.append(tag)
        self.attributes += attrs
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]


@pytest.fixture
def deployed(registry: Gateway, api: ApiGatewayV2Client, api_id: str) -> Gateway:
    """The registry of a gateway with itself and a service whose words are an attack."""
    deploy(GATEWAY, api, api_id)
    said = json.dumps({"service": "attack", "version": "<b>&", "owner": "<script>", "docs": "javascript:alert(1)"})
    created = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", Description=said)
    target = f"integrations/{created['IntegrationId']}"
    api.create_route(
        ApiId=api_id, RouteKey="GET /v1/<i>", Target=target, AuthorizationScopes=["x/<u>"], AuthorizationType="JWT"
    )
    api.create_route(ApiId=api_id, RouteKey="POST /v1/open", Target=target)
    return registry


def text(answer: dict[str, Any]) -> str:
    """The body of an answer as the gateway sends it."""
    body: str = answer["body"]
    return gzip.decompress(b64decode(body)).decode() if answer.get("isBase64Encoded") else body


@pytest.mark.parametrize("route_key", [CATALOGUE, REFERENCE, PROBLEMS])
def test_a_page_runs_nothing_of_others_and_is_framed_by_nobody(deployed: Gateway, route_key: str) -> None:
    answer = deployed.call(route_key)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert ("script-src" in policy) == (route_key == REFERENCE)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("route_key", [CATALOGUE, REFERENCE, PROBLEMS])
def test_a_page_links_below_the_gateways_path_and_has_nothing_inline(
    deployed: Gateway, route_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_URL", os.environ["GATEWAY_URL"] + "/base")
    page = Links(deployed.call(route_key).text)
    assert page.targets
    for target in page.targets:
        assert re.match(r"(/base/|#)", target), target
        assert ":" not in target, target
    assert "style" not in page.tags
    assert not [name for name, _ in page.attributes if name == "style" or name.startswith("on")]
    assert page.tags.count("script") == (2 if route_key == REFERENCE else 0)


@pytest.mark.parametrize("route_key", [CATALOGUE, REFERENCE, PROBLEMS])
def test_every_file_that_a_page_loads_is_there(deployed: Gateway, route_key: str) -> None:
    loaded = [
        target for target in Links(deployed.call(route_key).text).targets if re.search(r"\.(css|js|svg)$", target)
    ]
    assert len(loaded) >= 2
    for target in loaded:
        answer = deployed.call(ASSET, path={"asset_name": target.rpartition("/")[2]})
        assert (answer.status, answer.headers["x-content-type-options"]) == (200, "nosniff")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_catalogue_shows_services_with_what_is_wrong_and_escapes_what_they_say(deployed: Gateway) -> None:
    page = deployed.call(CATALOGUE).text
    assert '<h2 id="service-registry-name">registry' in page
    assert "POST /v1/open has no scope: anyone can call it." in page
    assert "<code>x/<wbr>&lt;u&gt;</code>" in page
    tags = set(Links(page).tags)
    assert not tags & {"b", "script", "i", "u"}
    assert "javascript:" not in "".join(Links(page).targets)


def test_the_catalogue_of_an_empty_gateway_says_so(registry: Gateway) -> None:
    assert "No services are registered." in registry.call(CATALOGUE).text


def test_documentation_that_has_an_address_is_a_link(deployed: Gateway, api: ApiGatewayV2Client, api_id: str) -> None:
    said = json.dumps({"service": "far", "version": "1", "owner": "o", "docs": "https://docs.test/far"})
    created = api.create_integration(ApiId=api_id, IntegrationType="HTTP_PROXY", Description=said)
    api.create_route(ApiId=api_id, RouteKey="GET /health/far", Target=f"integrations/{created['IntegrationId']}")
    assert '<a href="https://docs.test/far">' in deployed.call(CATALOGUE).text


def test_the_viewer_may_call_the_gateway_and_fetch_tokens_and_nothing_else(registry: Gateway) -> None:
    policy = registry.call(REFERENCE).headers["content-security-policy"]
    assert "connect-src 'self' https://auth.test;" in policy


def test_every_problem_has_its_place_on_the_page_that_its_type_points_to(registry: Gateway) -> None:
    ids = {value for name, value in Links(registry.call(PROBLEMS).text).attributes if name == "id"}
    codes = {kind.code for kind in Problem.__subclasses__() if kind.__module__.startswith("functions.shared")}
    assert codes <= ids
    assert "code" not in ids, "the head of the table is no code"


def test_the_page_of_problems_is_made_from_the_document_itself() -> None:
    carried = ROOT / "gateway_config" / "registry" / "problems.md"
    assert carried.resolve() == ROOT / "docs" / "problems.md"


@pytest.mark.parametrize("name", ["swagger-ui.css", "swagger-ui-bundle.js", "..", "%2e%2e%2fapp.py", "problems.md", ""])
def test_a_file_has_no_other_name_than_with_its_digest(registry: Gateway, name: str) -> None:
    assert code(registry.call(ASSET, path={"asset_name": name})) == (404, "unknown_route")


def test_files_have_types_that_browsers_take(registry: Gateway) -> None:
    types = {name: registry.call(ASSET, path={"asset_name": found.name}).headers for name, found in assets().items()}
    assert {name: headers["content-type"].partition(";")[0] for name, headers in types.items()} == {
        "dossier.css": "text/css",
        "icon.svg": "image/svg+xml",
        "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui.css": "text/css",
        "viewer.css": "text/css",
        "viewer.js": "text/javascript",
    }


def test_who_takes_gzip_gets_it_with_a_tag_of_its_own(registry: Gateway) -> None:
    name = assets()["swagger-ui-bundle.js"].name
    plain, packed = (
        handler(registry.event(ASSET, {"asset_name": name}, "", headers), None)
        for headers in ({}, {"accept-encoding": "br, gzip"})
    )
    assert text(packed) == text(plain)
    assert len(packed["body"]) < len(plain["body"]) / 2
    assert packed["headers"]["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain["headers"]
    assert {answer["headers"]["Vary"] for answer in (plain, packed)} == {"Accept-Encoding"}
    assert plain["headers"]["ETag"] != packed["headers"]["ETag"]
    # Lambda's own limit.
    assert len(plain["body"]) < 5_000_000


@pytest.mark.parametrize("accept_encoding", ["", "gzip"])
@pytest.mark.parametrize("route_key", [CATALOGUE, REFERENCE, PROBLEMS, OPENAPI])
def test_who_has_it_already_gets_304(registry: Gateway, route_key: str, accept_encoding: str) -> None:
    headers = {"Accept-Encoding": accept_encoding}
    tag = registry.call(route_key, headers=headers).headers["etag"]
    for known in (f'"x", W/{tag}', "*"):
        again = registry.call(route_key, headers={**headers, "If-None-Match": known})
        assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
    assert registry.call(route_key, headers={**headers, "If-None-Match": '"x"'}).status == 200


def merged(answer: Answer) -> Any:
    """The merged document of an answer."""
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=5"
    validate(answer.json)
    return answer.json


def test_the_merged_document_has_the_registrys_own_operations(deployed: Gateway) -> None:
    found = merged(deployed.call(OPENAPI))
    assert found["paths"]["/services/{name}"]["get"]["operationId"] == "read_service"
    assert found["paths"]["/openapi.json"]["get"]["security"] == []
    assert found["x-unavailable"] == [{"service": "attack", "reason": "The route GET /openapi/attack is missing."}]


def test_the_merged_document_has_those_of_services_that_answer_now(
    deployed: Gateway, api: ApiGatewayV2Client, api_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.dumps({"service": "loan", "version": "1", "owner": "o", "docs": "d"})
    created = api.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", Description=said)
    for key in ("GET /openapi/loan", "GET /health/loan"):
        api.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{created['IntegrationId']}")
    described = document({"/health/loan": {"get": operation(summary="Ask how it is")}})
    with serving(Services({"/openapi/loan": (200, encoded(described)), "/health/loan": (200, b"{}")})) as server:
        monkeypatch.setenv("GATEWAY_URL", server.url)
        found = merged(deployed.call(OPENAPI))
        assert found["paths"]["/health/loan"]["get"]["summary"] == "Ask how it is"
        assert re.search(r'service-loan">loan</a>\s*<span class="status ok">', deployed.call(CATALOGUE).text)
