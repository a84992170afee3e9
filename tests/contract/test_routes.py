"""One set of routes: a service's template, its code, and the registry show the same."""

import importlib
import json
import re
from itertools import combinations, pairwise
from typing import Any

import boto3
import pytest

from functions.shared.requests.service import Service
from gateway_config.registry.models import Registration
from gateway_config.registry.public import may_be_public
from gateway_config.registry.route_table import ApiGateway, RouteTable
from infra.deploy.routes import overlap
from infra.templates import ROOT, routes
from tests.support.routes import Route, declared, defaults, deploy, substituted
from tests.support.templates import Template, service_templates

# The form that AWS, `sam local start-api` and ministack all resolve (architecture.md).
INTEGRATION_URI = re.compile(
    re.escape(
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${FUNCTION.Arn}:live/invocations"
    ).replace("FUNCTION", "([A-Za-z0-9]+)")
)


def function_of(integration: dict[str, Any]) -> str:
    """The logical id of the function that an integration calls."""
    uri = INTEGRATION_URI.fullmatch(integration["IntegrationUri"]["Fn::Sub"])
    assert uri is not None, integration["IntegrationUri"]
    return uri[1]


def served(handler: str) -> list[Route]:
    """The routes of the application that a function's Handler names."""
    module, _, name = handler.rpartition(".")
    app = getattr(importlib.import_module(module), name)
    assert isinstance(app, Service)
    return sorted(
        Route(method, path, tuple(entry.authorizer.scopes) if entry.authorizer else ())
        for path, methods in app.routes.items()
        for method, entry in methods.items()
    )


def test_the_customer_service_and_the_registry_are_among_those_tested() -> None:
    assert {"customer", "gateway_config"} <= {path.parent.name for path in service_templates()}


def test_the_code_serves_exactly_the_routes_that_lead_to_it(template: Template) -> None:
    leading_to: dict[str, list[Route]] = {}
    for integration, properties in template.integrations.items():
        handler = template.functions[function_of(properties)]["Handler"]
        target = {"Fn::Sub": f"integrations/${{{integration}}}"}
        routes = [declared(route) for route in template.routes.values() if route["Target"] == target]
        leading_to.setdefault(handler, []).extend(routes)
    assert sum(map(len, leading_to.values())) == len(template.routes) > 0
    for handler, routes in leading_to.items():
        assert sorted(routes) == served(handler)


@pytest.mark.usefixtures("moto_aws")
def test_the_registry_shows_the_templates_routes_and_nothing_wrong(template: Template) -> None:
    client = boto3.client("apigatewayv2")
    api_id = client.create_api(Name="dossier-test", ProtocolType="HTTP")["ApiId"]
    deploy(template.path, client, api_id)
    table: ApiGateway = client  # type: ignore[assignment]  # its methods have more precise arguments
    (service,) = RouteTable(table, api_id).services()
    shown = [Route(route.method, route.path, tuple(sorted(route.scopes))) for route in service.routes]
    assert sorted(shown) == sorted(map(declared, template.routes.values()))
    assert service.problems == []
    assert service.version == defaults(template.body)["ServiceVersion"]


def test_an_integration_introduces_its_service(template: Template) -> None:
    names = defaults(template.body)
    for properties in template.integrations.values():
        said = Registration.model_validate_json(substituted(properties["Description"], names))
        assert said.version == names["ServiceVersion"]
        handler = template.functions[function_of(properties)]["Handler"]
        assert said.service == handler.split(".")[1]
        # API Gateway's limit; and spaces count. It refuses more only when it is deployed.
        assert len(json.dumps(said.model_dump())) <= 1024


def test_routes_do_not_repeat(template: Template) -> None:
    keys = [route["RouteKey"] for route in template.routes.values()]
    # A parameter's name does not tell two routes apart, for API Gateway.
    shapes = [re.sub(r"\{[^}]*\}", "{}", key) for key in keys]
    assert len(set(shapes)) == len(keys)


def test_no_two_services_claim_one_route() -> None:
    templates = [*service_templates(), *ROOT.glob("examples/*/template.yaml")]
    claimed = [(path, route["RouteKey"]) for path in templates for route in Template.read(path).routes.values()]
    assert [
        (one, other) for one, other in combinations(claimed, 2) if one[0] != other[0] and overlap(one[1], other[1])
    ] == []


def test_a_route_without_a_scope_is_one_that_may_be_public(template: Template) -> None:
    for route in template.routes.values():
        if not route.get("AuthorizationScopes"):
            assert may_be_public(route["RouteKey"]), route["RouteKey"]
            assert "AuthorizerId" not in route


def test_every_route_has_a_scope_where_nothing_is_public(template: Template) -> None:
    scoped = routes(template.body, {"PublicRoutes": "scoped"})
    assert scoped.keys() == template.routes.keys()
    for name, route in scoped.items():
        assert route["AuthorizationScopes"] == template.routes[name].get("AuthorizationScopes", ["registry/read"])
        assert route["AuthorizationType"] == "JWT"
        assert route["AuthorizerId"] in ({"Ref": "AuthorizerId"}, {"Ref": "Authorizer"})


def test_functions_with_public_routes_are_told_whether_they_are(template: Template) -> None:
    told = {"Fn::If": ["PublicRoutesAreScoped", "registry/read", ""]}
    by_function = {
        function_of(properties): [
            route
            for route in template.routes.values()
            if route["Target"] == {"Fn::Sub": f"integrations/${{{integration}}}"}
            and not route.get("AuthorizationScopes")
        ]
        for integration, properties in template.integrations.items()
    }
    for function, public in by_function.items():
        variables = template.functions[function]["Environment"]["Variables"]
        assert variables.get("PUBLIC_SCOPE") == (told if public else None)


def test_a_route_with_a_scope_asks_the_authorizer(template: Template) -> None:
    for route in template.routes.values():
        if route.get("AuthorizationScopes"):
            assert route["AuthorizationType"] == "JWT", route["RouteKey"]
            assert route["AuthorizerId"] in ({"Ref": "AuthorizerId"}, {"Ref": "Authorizer"})
            assert len(route["AuthorizationScopes"]) == 1, "any one of several would do"


def test_every_scope_is_declared_where_it_is_used(template: Template) -> None:
    servers = template.of("AWS::Cognito::UserPoolResourceServer").values()
    known = {f"{server['Identifier']}/{scope['ScopeName']}" for server in servers for scope in server["Scopes"]}
    used = {scope for route in template.routes.values() for scope in route.get("AuthorizationScopes", [])}
    assert used <= known


def test_an_integration_calls_the_live_version_of_a_function(template: Template) -> None:
    for properties in template.integrations.values():
        function = template.functions[function_of(properties)]
        assert function["AutoPublishAlias"] == "live"
        assert (properties["IntegrationType"], properties["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
        # The function gives up before the gateway does, and both before API Gateway's own 30 seconds.
        assert function["Timeout"] * 1000 < properties["TimeoutInMillis"] <= 29_000


def permissions(template: Template, principal: str) -> list[dict[str, Any]]:
    """The permissions of a service of AWS to call functions."""
    every = template.of("AWS::Lambda::Permission").values()
    return [permission for permission in every if permission["Principal"] == principal]


def test_only_the_gateway_and_schedules_may_call_functions(template: Template) -> None:
    principals = {permission["Principal"] for permission in template.of("AWS::Lambda::Permission").values()}
    assert principals <= {"apigateway.amazonaws.com", "events.amazonaws.com"}


def test_a_schedule_may_call_only_its_own_function(template: Template) -> None:
    schedules = {
        name: rule["Targets"][0]["Arn"]["Ref"]
        for name, rule in template.of("AWS::Events::Rule").items()
        if "ScheduleExpression" in rule
    }
    allowed = {
        permission["SourceArn"]["Fn::GetAtt"][0]: permission["FunctionName"]["Ref"]
        for permission in permissions(template, "events.amazonaws.com")
    }
    assert allowed == schedules


def test_the_gateway_may_call_the_live_version_of_functions_with_routes(template: Template) -> None:
    called = {f"{function_of(properties)}Aliaslive" for properties in template.integrations.values()}
    found = permissions(template, "apigateway.amazonaws.com")
    assert {permission["FunctionName"]["Ref"] for permission in found} == called
    for permission in found:
        source = permission["SourceArn"]["Fn::Sub"]
        assert re.fullmatch(
            r"arn:\$\{AWS::Partition\}:execute-api:\$\{AWS::Region\}:\$\{AWS::AccountId\}:\$\{Api(Id)?\}/\*", source
        )


def test_routes_are_made_one_after_the_other(template: Template) -> None:
    # API Gateway refuses changes of one API at the same time: ConflictException, "concurrent modification".
    routes = [name for name, one in template.body["Resources"].items() if one["Type"] == "AWS::ApiGatewayV2::Route"]
    for before, name in pairwise(routes):
        assert template.body["Resources"][name].get("DependsOn") == before, f"Add DependsOn: {before} to {name}"
