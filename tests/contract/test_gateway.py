"""The gateway's own template: what no local cloud shows."""

import json
import re
from typing import Any

import pytest

from infra.templates import ROOT, load, resources

TEMPLATE = load(ROOT / "gateway_config" / "template.yaml")


def only(kind: str) -> dict[str, Any]:
    """The properties of the one resource of this type."""
    (properties,) = resources(TEMPLATE, kind).values()
    return properties


def test_the_authorizers_audience_is_never_empty_by_default() -> None:
    # A list without entries lets every client of the pool in.
    audience = only("AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]["Audience"]
    parameter = TEMPLATE["Parameters"][audience["Ref"]]
    assert parameter["Type"] == "CommaDelimitedList"
    clients = parameter["Default"].split(",")
    assert all(re.fullmatch(r"[\w-]+", client) for client in clients)


def test_the_authorizer_trusts_the_stacks_own_user_pool() -> None:
    authorizer = only("AWS::ApiGatewayV2::Authorizer")
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["JwtConfiguration"]["Issuer"] == {
        "Fn::Sub": "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${UserPool}"
    }


def test_an_access_log_line_is_json_with_the_route_key_and_never_the_path() -> None:
    line = only("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"]
    fields = json.loads(line)
    assert fields["route_key"] == "$context.routeKey"
    assert fields["request_id"] == "$context.requestId"
    variables = set(re.findall(r"\$context\.([\w.]+)", line))
    assert len(variables) == len(fields)
    # A path carries customer ids, and so would these.
    assert not [name for name in variables if re.search(r"path|uri|query|url|header", name, re.IGNORECASE)]


def test_the_default_stage_is_throttled_and_deploys_itself() -> None:
    stage = only("AWS::ApiGatewayV2::Stage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    limits = stage["DefaultRouteSettings"]
    for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
        assert int(TEMPLATE["Parameters"][limits[name]["Ref"]]["Default"]) > 0


@pytest.mark.parametrize(
    ("setting", "headers"),
    # The headers that api.md names, and those that CORS does not allow or expose by itself.
    [
        ("AllowHeaders", {"authorization", "content-type", "dossier-actor", "idempotency-key", "if-match"}),
        ("AllowHeaders", {"if-none-match", "traceparent"}),
        ("ExposeHeaders", {"dossier-request-id", "etag", "idempotency-replayed", "link", "location", "retry-after"}),
    ],
)
def test_browsers_may_send_and_see_the_headers_of_the_api(setting: str, headers: set[str]) -> None:
    cors = only("AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert headers <= set(cors[setting])
    assert "*" not in {*cors["AllowHeaders"], *cors["AllowMethods"]}


def test_no_origin_is_allowed_that_nobody_named() -> None:
    origins = only("AWS::ApiGatewayV2::Api")["CorsConfiguration"]["AllowOrigins"]
    assert "*" not in TEMPLATE["Parameters"][origins["Ref"]]["Default"]


def test_services_find_the_gateway_by_its_parameters() -> None:
    names = {properties["Name"]["Fn::Sub"] for properties in resources(TEMPLATE, "AWS::SSM::Parameter").values()}
    assert {f"/dossier/${{Stage}}/gateway/{name}" for name in ("api-id", "authorizer-id", "user-pool-id")} <= names
