"""The root template: current, complete, and composed of what the services' templates have."""

from pathlib import Path
from typing import Any

import pytest

from infra.generate.compose import GATEWAY, TEMPLATE, CannotCompose, Composition, compose, composed, dump
from infra.templates import ROOT, load, resources, routes

SERVICES = sorted(ROOT.glob("functions/*/template.yaml"))

HEAD = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Stage:
    Type: String
    Default: dev
    AllowedPattern: "[a-z][a-z0-9-]{0,15}"
    Description: Said in other words.
  ApiId:
    Type: AWS::SSM::Parameter::Value<String>
    Default: /dossier/dev/gateway/api-id
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
"""


@pytest.fixture
def compose_with(tmp_path: Path) -> Any:
    """Composes the gateway and a service `loan`, of which a part of the template is given."""

    def composed_with(part: str, head: str = HEAD) -> Composition:
        path = tmp_path / "functions" / "loan" / "template.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + part, encoding="utf-8")
        return compose([path])

    return composed_with


def test_the_root_template_is_as_its_sources_say() -> None:
    assert TEMPLATE.read_text(encoding="utf-8") == composed(), "it is stale; write it with: make compose"


def test_what_is_written_reads_back_as_it_was_composed() -> None:
    template = load(TEMPLATE)
    for section, entries in compose(SERVICES).sections.items():
        assert template[section] == entries


def test_an_object_that_is_used_twice_is_written_twice() -> None:
    shared = {"Type": "String"}
    assert dump({"A": shared, "B": shared}) == "A:\n  Type: String\nB:\n  Type: String\n"


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Table"},
        {"Fn::GetAtt": ["Table", "Arn"]},
        {"Fn::Sub": "${Table.Arn}/index/*"},
        {"Fn::Sub": '{"service":"loan"}'},
        {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]},
        {"Fn::If": ["A", {"Ref": "B"}, {"Fn::GetAtt": ["C", "Arn"]}]},
        {"Fn::Base64": {"Fn::Sub": "${A}"}},
        "2012-10-17",
        "2.0",
        True,
        [],
        " ".join(["word"] * 60),
    ],
)
def test_a_value_reads_back(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(dump({"Value": value}), encoding="utf-8")
    assert load(path) == {"Value": value}


def test_every_service_is_in_it() -> None:
    functions = resources(load(TEMPLATE), "AWS::Serverless::Function")
    assert {"RegistryFunction", "CreditFunction", "CustomerFunction", "SsnFunction"} <= set(functions)
    assert functions["CustomerFunction"]["CodeUri"] == "functions/customer"
    assert functions["RegistryFunction"]["CodeUri"] == "gateway_config/registry"


def test_every_route_of_every_template_is_in_it_with_its_scopes() -> None:
    def declared(path: Path, public: str) -> list[tuple[str, list[str]]]:
        found = routes(load(path), {"PublicRoutes": public}).values()
        return [(route["RouteKey"], route.get("AuthorizationScopes", [])) for route in found]

    for public in ("open", "scoped"):
        theirs = [route for path in (GATEWAY, *SERVICES) for route in declared(path, public)]
        assert sorted(declared(TEMPLATE, public)) == sorted(theirs)


def test_every_route_belongs_to_the_one_api_and_its_authorizer() -> None:
    template = load(TEMPLATE)
    assert list(resources(template, "AWS::ApiGatewayV2::Api")) == ["Api"]
    for route in routes(template, {"PublicRoutes": "scoped"}).values():
        assert route["ApiId"] == {"Ref": "Api"}
        assert route["AuthorizerId"] == {"Ref": "Authorizer"}


def test_it_needs_no_parameter_that_another_stack_writes() -> None:
    types = {parameter["Type"] for parameter in load(TEMPLATE)["Parameters"].values()}
    assert types == {"String", "Number", "CommaDelimitedList"}


def test_what_sam_local_sets_is_declared_for_every_function_and_in_no_deployment() -> None:
    functions = resources(load(TEMPLATE), "AWS::Serverless::Function")
    declared = [function["Environment"]["Variables"] for function in functions.values()]
    nothing = {"Ref": "AWS::NoValue"}
    assert [variables["AWS_ENDPOINT_URL"] for variables in declared] == [nothing] * len(functions)
    assert [variables["DOSSIER_SAM_LOCAL_CLAIMS"] for variables in declared] == [nothing] * len(functions)


@pytest.mark.parametrize("path", [TEMPLATE, GATEWAY, *SERVICES], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_poses_as_sam_local(path: Path) -> None:
    assert "AWS_SAM_LOCAL" not in path.read_text(encoding="utf-8")
    if path != TEMPLATE:
        assert "DOSSIER_SAM_LOCAL_CLAIMS" not in path.read_text(encoding="utf-8")


def test_a_services_resources_get_its_name_and_everything_that_refers_to_them_follows(compose_with: Any) -> None:
    whole = compose_with(
        r"""
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Function:
    Type: AWS::Serverless::Function
    DependsOn: Table
    Properties:
      CodeUri: src/
      FunctionName: !Sub loan-${Stage}
      AutoPublishAlias: live
      Environment:
        Variables:
          TABLE: !Ref Table
          ARN: !GetAtt Table.Arn
          INDEX: !Sub ${Table.Arn}/index/${!literal}/${AWS::Region}-${ApiId}
          OWN: !Sub ["${own}${Table}", {own: !Ref Table}]
          CHOICE: !If [IsProduction, !Ref Table, !Ref AWS::NoValue]
          ALIAS: !Ref FunctionAliaslive
          VERSION: !Ref Function.Version
Outputs:
  TableName:
    Value: !Ref Table
"""
    )
    function = whole.sections["Resources"]["LoanFunction"]
    assert function["DependsOn"] == ["LoanTable"]
    assert function["Properties"]["Environment"]["Variables"] == {
        "TABLE": {"Ref": "LoanTable"},
        "ARN": {"Fn::GetAtt": ["LoanTable", "Arn"]},
        "INDEX": {"Fn::Sub": "${LoanTable.Arn}/index/${!literal}/${AWS::Region}-${Api}"},
        "OWN": {"Fn::Sub": ["${own}${LoanTable}", {"own": {"Ref": "LoanTable"}}]},
        "CHOICE": {"Fn::If": ["IsProduction", {"Ref": "LoanTable"}, {"Ref": "AWS::NoValue"}]},
        "ALIAS": {"Ref": "LoanFunctionAliaslive"},
        "VERSION": {"Ref": "LoanFunction.Version"},
        "AWS_ENDPOINT_URL": {"Ref": "AWS::NoValue"},
        "DOSSIER_SAM_LOCAL_CLAIMS": {"Ref": "AWS::NoValue"},
    }
    assert "FunctionName" not in function["Properties"]
    assert function["Properties"]["CodeUri"].endswith("functions/loan/src")
    assert whole.sections["Outputs"]["LoanTableName"] == {"Value": {"Ref": "LoanTable"}}


def test_a_condition_of_a_resource_follows_and_one_of_a_policy_is_left_alone(compose_with: Any) -> None:
    head = HEAD.replace("prod]", "staging]")
    statement_condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    whole = compose_with(
        """
Resources:
  Policy:
    Type: AWS::IAM::Policy
    Condition: IsProduction
    Properties:
      PolicyDocument:
        Statement:
          - Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}
""",
        head,
    )
    policy = whole.sections["Resources"]["LoanPolicy"]
    assert policy["Condition"] == "LoanIsProduction"
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [{"Condition": statement_condition}]
    assert whole.sections["Conditions"]["LoanIsProduction"] == {"Fn::Equals": [{"Ref": "Stage"}, "staging"]}
    assert whole.sections["Conditions"]["IsProduction"] == {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}


def test_parameters_that_say_the_same_become_one_and_others_stay_apart(compose_with: Any) -> None:
    resource = "\nResources:\n  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref Stage}}\n"
    same = compose_with(resource)
    assert same.sections["Resources"]["LoanTable"]["Properties"]["TableName"] == {"Ref": "Stage"}
    assert "LoanStage" not in same.sections["Parameters"]
    other = compose_with(resource, HEAD.replace("Default: dev", "Default: test"))
    assert other.sections["Resources"]["LoanTable"]["Properties"]["TableName"] == {"Ref": "LoanStage"}
    assert other.sections["Parameters"]["LoanStage"]["Default"] == "test"
    assert other.sections["Parameters"]["Stage"]["Default"] == "dev"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("Resources: {Table: {Type: T, Properties: {Name: !Ref Other}}}", "Other is not defined"),
        ("Resources: {Table: {Type: T, Properties: {Name: !GetAtt Other.Arn}}}", "Other is not defined"),
        ('Resources: {Table: {Type: T, Properties: {Name: !Sub "${Other}"}}}', "Other is not defined"),
        ("Resources: {Table: {Type: T, Condition: Other}}", "Other is not defined"),
        ("Resources: {Table: {Type: T, DependsOn: [Other]}}", "Other is not defined"),
        ("Mappings: {}\nResources: {}", "the sections Mappings are not supported by make compose"),
    ],
)
def test_what_it_does_not_understand_it_refuses_to_compose(compose_with: Any, part: str, message: str) -> None:
    with pytest.raises(CannotCompose, match=message):
        compose_with(part)


def test_a_second_definition_of_one_name_is_refused() -> None:
    whole = Composition()
    whole.add("Resources", "LoanTable", {}, "one/template.yaml")
    with pytest.raises(
        CannotCompose, match=r"two/template.yaml: LoanTable in Resources is already defined in one/template.yaml"
    ):
        whole.add("Resources", "LoanTable", {}, "two/template.yaml")
