"""The local cloud's deployer: what it builds is what SAM CLI builds, and what it deploys is what the template has."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.deploy.sam import Deployer
from infra.deploy.stacks import DeploymentFailed, Stack
from infra.local.deployer import BUCKET, LocalDeployer, make, zipped
from infra.templates import load
from tests.support.account import account

TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    },
}
MADE = '.PHONY: build-Function\nbuild-Function:\n\t@printf "%s" "$(DOSSIER_INPUTS)" > "$(ARTIFACTS_DIR)/inputs.txt"\n'


def digests(folder: Path) -> dict[str, str]:
    """The hash of each file of a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.skipif(not (ENVIRONMENTS["sam"][0] / "complete").exists(), reason="SAM CLI is missing: make test")
@pytest.mark.parametrize("folder", ["functions/customer", "gateway_config"])
def test_artefacts_and_template_are_those_that_sam_cli_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("DOSSIER_TARGET", "host")
    stack = Stack("loan", ROOT / folder / "template.yaml", "local", {})
    ours, sams = LocalDeployer(tmp_path / "ours"), Deployer(tmp_path / "sams")
    assert ours.build(stack, None) == sams.build(stack, None)
    built, expected = load(ours.built(stack) / "template.yaml"), load(sams.built(stack) / "template.yaml")
    for template in built, expected:
        for resource in template["Resources"].values():
            # SAM CLI adds the names of its own bookkeeping.
            resource.get("Metadata", {}).pop("SamResourceId", None)
    assert built == expected
    artefacts, sams_artefacts = digests(ours.built(stack)), digests(sams.built(stack))
    assert len(artefacts) > 100
    del artefacts["template.yaml"], sams_artefacts["template.yaml"]
    assert artefacts == sams_artefacts


@pytest.fixture
def deployer(tmp_path: Path) -> Iterator[LocalDeployer]:
    """A deployer to an empty account with the artefacts' bucket."""
    with account():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield LocalDeployer(tmp_path / "build")


def stack_of(folder: Path, resources: dict[str, Any], makefile: str = MADE) -> Stack:
    """A stack of these resources."""
    parameters = {name: {"Type": "String", "Default": ""} for name in ("Stage", "Kept", "Inputs", "DeployedAt")}
    folder.mkdir(exist_ok=True)
    template = folder / "template.yaml"
    template.write_text(json.dumps({"Parameters": parameters, "Resources": resources}), encoding="utf-8")
    (folder / "Makefile").write_text(makefile, encoding="utf-8")
    return Stack("loan", template, "local", {"Stage": "local"})


def write_built(deployer: LocalDeployer, stack: Stack) -> None:
    """Build a stack without functions: its template is all that there is."""
    deployer.built(stack).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(stack.template, deployer.built(stack) / "template.yaml")


def described() -> dict[str, Any]:
    [stack] = boto3.client("cloudformation").describe_stacks(StackName="dossier-local-loan")["Stacks"]
    return dict(stack)


def test_a_stack_is_created_changed_and_deleted(deployer: LocalDeployer, tmp_path: Path) -> None:
    stack = stack_of(tmp_path / "loan", {"One": TABLE})
    write_built(deployer, stack)
    assert deployer.deploy(stack, "first") == "+ Add One AWS::DynamoDB::Table"
    stack = stack_of(tmp_path / "loan", {"One": TABLE, "Two": TABLE})
    write_built(deployer, stack)
    assert deployer.deploy(stack, "second") == "+ Add Two AWS::DynamoDB::Table"
    assert described()["StackStatus"] == "UPDATE_COMPLETE"
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in described()["Parameters"]}
    assert (parameters["Inputs"], parameters["Stage"], parameters["Kept"]) == ("second", "local", "")
    assert len(boto3.client("dynamodb").list_tables()["TableNames"]) == 2
    deployer.delete(stack)
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=BUCKET)


def test_a_dry_run_leaves_nothing_behind(deployer: LocalDeployer, tmp_path: Path) -> None:
    stack = stack_of(tmp_path / "loan", {"One": TABLE})
    write_built(deployer, stack)
    assert deployer.deploy(stack, "first", execute=False) == "+ Add One AWS::DynamoDB::Table"
    assert boto3.client("cloudformation").list_change_sets(StackName="dossier-local-loan")["Summaries"] == []
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []


def test_what_cloudformation_refuses_is_named(deployer: LocalDeployer, tmp_path: Path) -> None:
    broken = {"Fn::GetAtt": ["Nothing", "Arn"]}
    stack = stack_of(tmp_path / "loan", {"One": {**TABLE, "Properties": {**TABLE["Properties"], "TableName": broken}}})
    write_built(deployer, stack)
    with pytest.raises(DeploymentFailed, match="loan"):
        deployer.deploy(stack, "first")


@pytest.mark.parametrize(
    ("makefile", "reason"),
    [("build-Function:\n\t@echo no compiler; exit 3\n", "no compiler"), ("other:\n", "No rule to make target")],
)
def test_a_makefile_that_fails_is_named_with_its_last_lines(tmp_path: Path, makefile: str, reason: str) -> None:
    stack = stack_of(tmp_path / "loan", {}, makefile)
    with pytest.raises(DeploymentFailed, match=f"(?s){reason}.*loan: make build-Function fails"):
        make(stack, "Function", tmp_path / "loan", tmp_path / "artefact", {})


def test_a_makefile_gets_the_folder_and_the_variables_of_the_build(tmp_path: Path) -> None:
    make(stack_of(tmp_path / "loan", {}), "Function", tmp_path / "loan", tmp_path / "it", {"DOSSIER_INPUTS": "hash"})
    assert (tmp_path / "it" / "inputs.txt").read_text(encoding="utf-8") == "hash"


def test_a_zip_depends_on_content_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text("handler = print\n", encoding="utf-8")
    one = zipped(tmp_path / "one")
    assert one == zipped(tmp_path / "two")
    (tmp_path / "two" / "app.py").write_text("handler = repr\n", encoding="utf-8")
    assert one != zipped(tmp_path / "two")
