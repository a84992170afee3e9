"""Which routes may do without a scope, when they are deployed and when they are shown."""

from pathlib import Path

import pytest

from gateway_config.registry.public import may_be_public
from infra.deploy import settings
from infra.deploy.routes import check
from infra.deploy.stacks import DeploymentFailed, Stack

TEMPLATE = """
Resources:
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      Description: !Sub '{{"service":"loan","version":"1","owner":"o","docs":"d"}}'
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{RouteKey: {key}{more}}}
"""
JWT = ", AuthorizationType: JWT, AuthorizerId: !Ref AuthorizerId"
SCOPES = ", AuthorizationScopes: [loans/read]"


def refusal(path: Path, key: str, more: str = "") -> str:
    """Why a stack with this route is not deployed; nothing if it is."""
    path.write_text(TEMPLATE.format(key=key, more=more), encoding="utf-8")
    try:
        check(Stack("loan", path, "dev", {}), owners={})
    except DeploymentFailed as failure:
        return str(failure)
    return ""


@pytest.mark.parametrize(
    "key",
    [
        "GET /",
        "GET /services",
        "GET /services/{name}",
        "GET /openapi.json",
        "GET /openapi/credit-report",
        "GET /docs",
        "GET /docs/problems",
        "GET /docs/{asset_name}",
        "GET /health",
        "GET /health/loan",
    ],
)
def test_what_carries_no_personal_data_may_be_public(key: str, tmp_path: Path) -> None:
    assert may_be_public(key)
    assert refusal(tmp_path / "template.yaml", f"'{key}'") == ""


def test_nothing_may_be_public_in_a_stage_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samconfig = tmp_path / "samconfig.toml"
    overrides = "PublicRoutes=scoped Name='a b'"
    samconfig.write_text(f'[dev.deploy.parameters]\nparameter_overrides = "{overrides}"\n[default]\n', encoding="utf-8")
    monkeypatch.setattr(settings, "SAMCONFIG", samconfig)
    assert settings.stage_parameters("dev") == {"PublicRoutes": "scoped", "Name": "a b"}
    assert settings.stage_parameters("prod") == {}
    path = tmp_path / "template.yaml"
    assert "open to everybody" in refusal(path, "GET /health/loan")
    assert refusal(path, "GET /health/loan", SCOPES + JWT) == ""


@pytest.mark.parametrize(
    "key",
    [
        "POST /services",
        "ANY /health",
        "GET /v1/loans",
        "GET /healthy",
        "GET /health/loan/1",
        "GET /health/{name}",
        "GET /openapi/{proxy+}",
        "GET /openapi-json",
        "GET /services/{name}/secrets",
        "GET /{proxy+}",
        "$default",
        "",
    ],
)
def test_everything_else_takes_a_scope(key: str, tmp_path: Path) -> None:
    assert not may_be_public(key)
    assert "open to everybody" in refusal(tmp_path / "template.yaml", f"'{key}'")


def test_a_route_is_closed_by_a_scope_and_the_authorizer_that_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    assert refusal(path, "GET /v1/loans", SCOPES + JWT) == ""
    for more in (SCOPES, JWT, ", AuthorizationScopes: []" + JWT):
        assert "open to everybody" in refusal(path, "GET /v1/loans", more)
