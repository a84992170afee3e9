"""The way back: each call is checked against botocore's model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.stub import Stubber

from infra.deploy.rollback import roll_back
from infra.deploy.stacks import DeploymentFailed, Stack
from tests.support.stubs import stubbed

STACK = Stack("customer", Path("template.yaml"), "prod", {})


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stubber]]:
    """Clients that reach nothing, by service."""
    with stubbed(monkeypatch, "cloudformation", "lambda") as stubs:
        yield stubs


def deployed(stubs: dict[str, Stubber], live: str, *versions: str) -> None:
    """A stack with one function, the live version and all versions of it."""
    summary = {"ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": "2026-11-28T00:00:00Z"}
    resources = [
        {
            **summary,
            "LogicalResourceId": "Table",
            "ResourceType": "AWS::DynamoDB::Table",
            "PhysicalResourceId": "table",
        },
        {
            **summary,
            "LogicalResourceId": "Function",
            "ResourceType": "AWS::Lambda::Function",
            "PhysicalResourceId": "f",
        },
    ]
    expected = {"StackName": "dossier-prod-customer"}
    stubs["cloudformation"].add_response("list_stack_resources", {"StackResourceSummaries": resources}, expected)
    for _ in range(2):
        stubs["lambda"].add_response("get_alias", {"FunctionVersion": live}, {"FunctionName": "f", "Name": "live"})
    found = {"Versions": [{"Version": version} for version in ("$LATEST", *versions)]}
    stubs["lambda"].add_response("list_versions_by_function", found, {"FunctionName": "f"})


def test_the_alias_moves_to_the_greatest_earlier_version_and_a_canary_ends(stubs: dict[str, Stubber]) -> None:
    deployed(stubs, "11", "2", "9", "10", "11", "12")
    expected = {
        "FunctionName": "f",
        "Name": "live",
        "FunctionVersion": "10",
        "RoutingConfig": {"AdditionalVersionWeights": {}},
    }
    stubs["lambda"].add_response("update_alias", {}, expected)
    assert roll_back(STACK) == {"f": "11 -> 10"}


def test_a_function_without_an_earlier_version_stays(stubs: dict[str, Stubber]) -> None:
    deployed(stubs, "1", "1", "2")
    with pytest.raises(DeploymentFailed, match="f has no version before 1"):
        roll_back(STACK)
