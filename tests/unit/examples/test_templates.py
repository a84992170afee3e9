"""The examples keep to the rules of every service, in whatever language they are."""

import json
import re
from collections.abc import Callable

import pytest

from infra.templates import ROOT
from tests.contract import test_least_privilege as privilege
from tests.contract import test_routes as routes
from tests.support.routes import Route, declared
from tests.support.templates import Template

RULES = [
    privilege.test_every_function_has_a_role_of_its_own,
    privilege.test_a_role_holds_nothing_but_its_own_policies,
    privilege.test_no_action_has_a_star,
    privilege.test_no_statement_is_for_every_resource,
    privilege.test_a_function_writes_to_a_log_that_forgets,
    privilege.test_every_table_is_encrypted_and_can_be_restored,
    routes.test_routes_do_not_repeat,
    routes.test_a_route_without_a_scope_is_one_that_may_be_public,
    routes.test_a_route_with_a_scope_asks_the_authorizer,
    routes.test_every_scope_is_declared_where_it_is_used,
]


@pytest.fixture(params=sorted(ROOT.glob("examples/*/template.yaml")), ids=lambda path: path.parent.name)
def example(request: pytest.FixtureRequest) -> Template:
    """An example's template."""
    return Template.read(request.param)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.removeprefix("test_"))
def test_an_example_keeps_to_the_rules(example: Template, rule: Callable[[Template], None]) -> None:
    rule(example)


def test_the_node_example_calls_its_live_version() -> None:
    routes.test_an_integration_calls_the_live_version_of_a_function(
        Template.read(ROOT / "examples" / "notes" / "template.yaml")
    )


def test_an_examples_openapi_document_has_its_routes_and_scopes(example: Template) -> None:
    document = json.loads(example.path.with_name("openapi.json").read_text(encoding="utf-8"))
    documented = [
        Route(method.upper(), path, tuple(operation["security"][0]["oauth2"] if operation["security"] else ()))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert sorted(documented) == sorted(map(declared, example.routes.values()))


def test_an_examples_readme_has_its_routes_and_scopes(example: Template) -> None:
    readme = example.path.with_name("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z]+) (/\S*) \| (\S+) \|", readme, re.MULTILINE)
    listed = [Route(method, path, () if scope == "public" else (scope,)) for method, path, scope in rows]
    assert sorted(listed) == sorted(map(declared, example.routes.values()))
