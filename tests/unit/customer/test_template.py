"""The template of the Customer Service."""

import pytest

from infra.local.system import stacks
from infra.templates import ROOT, decided, load, resources

TEMPLATE = load(ROOT / "functions" / "customer" / "template.yaml")


@pytest.mark.parametrize(
    ("stage", "setting"),
    [("dev", {"Ref": "ReservedEmailDomains"}), ("local", {"Ref": "ReservedEmailDomains"}), ("prod", "refuse")],
)
def test_the_stage_prod_refuses_domains_for_tests_with_any_parameter(stage: str, setting: object) -> None:
    parameters = {name: parameter.get("Default") for name, parameter in TEMPLATE["Parameters"].items()}
    function = resources(TEMPLATE, "AWS::Serverless::Function")["Function"]
    variables = decided(function["Environment"]["Variables"], TEMPLATE, {**parameters, "Stage": stage})
    assert variables["RESERVED_EMAIL_DOMAINS"] == setting


def test_domains_for_tests_are_refused_unless_a_stage_allows_them() -> None:
    assert TEMPLATE["Parameters"]["ReservedEmailDomains"]["Default"] == "refuse"
    assert TEMPLATE["Parameters"]["ReservedEmailDomains"]["AllowedValues"] == ["refuse", "allow"]


def test_the_local_stage_allows_domains_for_tests() -> None:
    _, services = stacks("http://127.0.0.1:4566/_aws/execute-api/dossier/$default")
    told = {stack.name: stack.parameters.get("ReservedEmailDomains") for stack in services}
    assert told["customer"] == "allow"
