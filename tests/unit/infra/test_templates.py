"""Templates as plain data."""

from pathlib import Path
from typing import Any

import pytest

from infra.templates import TemplateBroken, load, resources, routes


def loaded(tmp_path: Path, text: str) -> dict[str, Any]:
    """A template with this text."""
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!Condition IsProduction", {"Condition": "IsProduction"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        # The first dot ends the logical id; the attribute may have dots of its own.
        ("!GetAtt Stack.Outputs.Name", {"Fn::GetAtt": ["Stack", "Outputs.Name"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Sub arn:${AWS::Partition}:x", {"Fn::Sub": "arn:${AWS::Partition}:x"}),
        ("!Sub ['${a}', {a: !Ref B}]", {"Fn::Sub": ["${a}", {"a": {"Ref": "B"}}]}),
        ("!If [IsProduction, 1, !Ref A]", {"Fn::If": ["IsProduction", 1, {"Ref": "A"}]}),
        ("!Not [!Equals [!Ref A, '']]", {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]}),
        (
            "!Transform {Name: x, Parameters: {A: !Ref B}}",
            {"Fn::Transform": {"Name": "x", "Parameters": {"A": {"Ref": "B"}}}},
        ),
        ("'!Ref Table'", "!Ref Table"),
    ],
)
def test_short_tags_have_their_long_form(tmp_path: Path, short: str, long: Any) -> None:
    assert loaded(tmp_path, f"Value: {short}\n") == {"Value": long}


def test_a_tag_of_python_makes_no_object(tmp_path: Path) -> None:
    with pytest.raises(TemplateBroken):
        loaded(tmp_path, "Value: !!python/object/apply:os.getcwd []\n")


def test_resources_are_found_by_their_type(tmp_path: Path) -> None:
    template = loaded(
        tmp_path,
        "Resources:\n"
        "  A: {Type: AWS::SSM::Parameter, Properties: {Name: a}}\n"
        "  B: {Type: AWS::KMS::Key, Properties: {KeySpec: HMAC_256}}\n"
        "  C: {Type: AWS::SSM::Parameter, Properties: {Name: c}}\n",
    )
    assert resources(template, "AWS::SSM::Parameter") == {"A": {"Name": "a"}, "C": {"Name": "c"}}
    assert resources(template, "AWS::Events::EventBus") == {}


def test_a_resource_without_properties_has_none(tmp_path: Path) -> None:
    template = loaded(tmp_path, "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n  Key: {Type: AWS::KMS::Key}\n")
    assert resources(template, "AWS::SNS::Topic") == {"Topic": {}}


CONDITIONAL = """
Parameters: {A: {Type: String, Default: x}}
Conditions: {IsX: !Equals [!Ref A, x], IsNotX: !Not [!Equals [!Ref A, x]]}
Resources:
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      RouteKey: !If [IsX, GET /x, !If [IsNotX, GET /y, GET /z]]
      AuthorizationScopes: !If [IsNotX, [y/read], !Ref AWS::NoValue]
"""


@pytest.mark.parametrize(
    ("parameters", "route"),
    [({}, {"RouteKey": "GET /x"}), ({"A": "y"}, {"RouteKey": "GET /y", "AuthorizationScopes": ["y/read"]})],
)
def test_a_route_is_as_the_parameters_decide(tmp_path: Path, parameters: dict[str, str], route: Any) -> None:
    assert routes(loaded(tmp_path, CONDITIONAL), parameters) == {"Route": route}


@pytest.mark.parametrize(("parameters", "key"), [({}, "GET /z"), ({"A": "z"}, "GET /x")])
def test_a_condition_of_several_holds_if_all_do(tmp_path: Path, parameters: dict[str, str], key: str) -> None:
    text = CONDITIONAL.replace("!Equals [!Ref A, x]", "!And [!Equals [!Ref A, z], !Not [!Equals [!Ref A, x]]]", 1)
    assert routes(loaded(tmp_path, text), parameters)["Route"]["RouteKey"] == key


def test_a_condition_that_cannot_be_decided_is_refused(tmp_path: Path) -> None:
    text = CONDITIONAL.replace("!Equals [!Ref A, x]", "!Or [!Equals [!Ref A, x], !Equals [!Ref A, y]]", 1)
    with pytest.raises(TemplateBroken, match="IsX"):
        routes(loaded(tmp_path, text))
