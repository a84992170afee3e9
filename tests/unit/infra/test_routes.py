"""What a stack is checked for before it is deployed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy.routes import check, overlap
from infra.deploy.stacks import DeploymentFailed, Stack
from infra.templates import ROOT, TemplateBroken

SAID = '{"service":"loan","version":"${ServiceVersion}","owner":"o","docs":"d"}'
CLOSED = {
    "RouteKey": "GET /v1/loans",
    "AuthorizationType": "JWT",
    "AuthorizerId": {"Ref": "AuthorizerId"},
    "AuthorizationScopes": ["loans/read"],
}


def template(*, descriptions: Any = ({"Fn::Sub": SAID},), **route: Any) -> dict[str, Any]:
    """A template with an integration for each Description, and one route."""
    integrations = {
        f"Integration{number}": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {"Description": said}}
        for number, said in enumerate(descriptions)
    }
    made = {name: value for name, value in {**CLOSED, **route}.items() if value is not None}
    return {"Resources": {**integrations, "Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": made}}}


def refusal(folder: Path, body: Any, owners: dict[str, str] | None = None, name: str = "loan") -> str:
    """Why a stack is not deployed; nothing if it is."""
    path = folder / "template.yaml"
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    try:
        check(Stack(name, path, "dev", {}), owners or {})
    except (DeploymentFailed, TemplateBroken) as failure:
        return str(failure)
    return ""


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*/template.yaml")), ids=lambda path: path.parent.name)
def test_every_service_of_ours_may_be_deployed(path: Path) -> None:
    check(Stack(path.parent.name, path, "dev", {}), {"GET /services/{name}": "registry"})


def test_the_gateway_may_be_deployed() -> None:
    check(Stack("gateway", ROOT / "gateway_config" / "template.yaml", "dev", {}), {"GET /services": "registry"})


@pytest.mark.parametrize("said", [SAID, {"Fn::Sub": SAID}, {"Fn::Sub": [SAID, {}]}])
def test_a_description_may_be_written_as_cloudformation_allows(tmp_path: Path, said: Any) -> None:
    assert refusal(tmp_path, template(descriptions=[said])) == ""


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (SAID.replace("loan", "ssn"), "ssn"),
        (SAID.replace("loan", "Loan"), "a service without a name"),
        ('{"service":"loan"}', "a service without a name"),
        ({"Fn::Join": ["", [SAID]]}, "a service without a name"),
        (["loan"], "a service without a name"),
        (None, "a service without a name"),
    ],
)
def test_every_integration_introduces_the_service(tmp_path: Path, said: Any, name: str) -> None:
    why = refusal(tmp_path, template(descriptions=[SAID, said]))
    assert f"Integration1 in {tmp_path / 'template.yaml'} names {name}." in why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GET /v1/a", "GET /v1/a"),
        ("GET /v1/{x}", "GET /v1/{y}"),
        ("GET /v1/a", "ANY /v1/a"),
        ("GET /v1/a", "GET /v1/{x}"),
        ("GET /v1/a/{x}", "GET /v1/{y}/b"),
        ("POST /v1/a/b", "ANY /v1/{proxy+}"),
        ("GET /v1/a/{proxy+}", "GET /{x}/a/b/c"),
        ("ANY /{proxy+}", "GET /"),
        ("$default", "GET /v1/a"),
    ],
)
def test_routes_that_take_the_same_requests_belong_to_one_service(tmp_path: Path, one: str, other: str) -> None:
    assert overlap(one, other)
    assert overlap(other, one)
    why = refusal(tmp_path, template(RouteKey=one), {other: "bank"})
    assert f"loan cannot have the route {one}: it would take requests of {other}, which belongs to bank." in why
    assert refusal(tmp_path, template(RouteKey=one), {other: "loan"}) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GET /v1/a", "POST /v1/a"),
        ("GET /v1/a", "GET /v1/b"),
        ("ANY /v1/a", "ANY /v1/a/b"),
        ("GET /v1/a/{x}", "GET /v1/b/{x}"),
        ("GET /v1/a/{proxy+}", "GET /v1/a"),
        ("GET /v1/a/{proxy+}", "GET /v1/b/{proxy+}"),
    ],
)
def test_routes_that_no_request_has_in_common_may_be_anybodys(tmp_path: Path, one: str, other: str) -> None:
    assert not overlap(one, other)
    assert not overlap(other, one)
    assert refusal(tmp_path, template(RouteKey=one), {other: "bank"}) == ""


@pytest.mark.parametrize(
    "route",
    [
        {"AuthorizationScopes": None},
        {"AuthorizationScopes": []},
        {"AuthorizationScopes": [""]},
        {"AuthorizationScopes": "loans/read"},
        {"AuthorizationScopes": [{"Ref": "Scope"}]},
        {"AuthorizationScopes": ["loans/read", 5]},
        {"AuthorizationType": None},
        {"AuthorizationType": "AWS_IAM"},
        {"AuthorizerId": None},
        {"AuthorizerId": "abc123"},
        {"AuthorizerId": {"Ref": "Authorizer"}},
    ],
)
def test_a_route_is_closed_by_plain_scopes_and_the_gateways_authorizer(tmp_path: Path, route: Any) -> None:
    assert refusal(tmp_path, template()) == ""
    why = refusal(tmp_path, template(**route))
    assert "The route GET /v1/loans of loan is open to everybody" in why
    assert "!Ref AuthorizerId." in why


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ([], "is not a CloudFormation template"),
        (None, "is not a CloudFormation template"),
        ({}, "has no section Resources"),
        ({"Resources": []}, "has no section Resources"),
        ({"Resources": {"Fn::ForEach::Routes": ["X", ["a"], {}]}}, "Fn::ForEach::Routes in Resources has no Type"),
        ({"Resources": {"Route": {"Properties": {}}}}, "Route in Resources has no Type"),
        ({"Resources": {"Route": {"Type": "x", "Properties": []}}}, "The Properties of Route"),
        (template(RouteKey={"Fn::Sub": "GET /v1/a"}), "The RouteKey of Route"),
        (template(RouteKey=None), "The RouteKey of Route"),
        (template(RouteKey={"Fn::If": ["Gone", "GET /a", "GET /b"]}), "the condition Gone, which is not defined"),
        ({**template(), "Conditions": {"Far": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}}}, "The condition Far"),
    ],
)
def test_a_template_that_cannot_be_understood_is_refused_in_words(tmp_path: Path, body: Any, complaint: str) -> None:
    assert complaint in refusal(tmp_path, body)
