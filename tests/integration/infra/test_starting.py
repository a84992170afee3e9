"""Code that cannot start is not deployed, and stops no other stack."""

import sys
from pathlib import Path
from typing import Any

import pytest

from infra.bootstrap import ROOT
from infra.deploy import deployment as deploying
from infra.deploy.deployment import deploy
from infra.deploy.sam import Deployer
from infra.deploy.stacks import GATEWAY, DeploymentFailed, Stack
from infra.deploy.starting import check_start, runs_here

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
TEMPLATE = """
Parameters:
  PythonRuntime: {Type: String, Default: python3.13}
  Colour: {Type: String, Default: red}
Conditions:
  IsRed: !Equals [!Ref Colour, red]
Resources:
  Table: {Type: "AWS::DynamoDB::Table"}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Function
      Handler: app.handler
      Runtime: %s
      Environment: {Variables: {COLOUR: !Ref Colour, TABLE_NAME: !Ref Table, MODE: !If [IsRed, "stop", "go"], SIZE: 3}}
%s"""
INTEGRATION = """
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {IntegrationUri: !Sub "path/functions/${Function.Arn}:live/invocations"}
"""


@pytest.fixture(autouse=True)
def target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build for this machine."""
    monkeypatch.setenv("DOSSIER_TARGET", "host")


def stack(name: str = "loan", **parameters: str) -> Stack:
    """A stack for this Python."""
    return Stack(
        name, ROOT / "functions" / "customer" / "template.yaml", "local", {"PythonRuntime": RUNTIME} | parameters
    )


def artefact(folder: Path, code: str, runtime: str = "!Ref PythonRuntime", *, routed: bool = True) -> Path:
    """A built stack whose function has this code, and a route if it is `routed`."""
    (folder / "Function").mkdir(parents=True)
    (folder / "Function" / "app.py").write_text(code, encoding="utf-8")
    (folder / "template.yaml").write_text(TEMPLATE % (runtime, INTEGRATION if routed else ""), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_of_the_kind", "No module named 'nothing_of_the_kind'"),
        ("def handler(", "SyntaxError"),
        ("def other(event, context): pass", "no attribute 'handler'"),
        ("def handler(event, context): raise RuntimeError('Grüße')", "RuntimeError: Grüße"),
        ("raise SystemExit(3)", "exit 3"),
    ],
)
def test_a_function_that_fails_as_it_starts_is_refused_with_its_last_words(
    tmp_path: Path, code: str, said: str
) -> None:
    with pytest.raises(DeploymentFailed, match="loan is not deployed: its function Function") as refused:
        check_start(stack(), artefact(tmp_path, code))
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) < 20


def test_a_function_starts_with_its_environment_and_is_asked_for_its_health(tmp_path: Path) -> None:
    code = """
import os
assert [os.environ[name] for name in ("COLOUR", "TABLE_NAME", "MODE", "SIZE")] == ["blue", "TABLE_NAME", "go", "3"]
assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
def handler(event, context):
    assert event["rawPath"] == "/health/loan"
    assert context.get_remaining_time_in_millis() > 0
    return {"statusCode": 503}
"""
    check_start(stack(Colour="blue"), artefact(tmp_path, code))


def test_a_function_without_a_route_is_imported_and_not_called(tmp_path: Path) -> None:
    built = artefact(tmp_path / "works", "def handler(event, context): raise RuntimeError", routed=False)
    check_start(stack(), built)
    broken = artefact(tmp_path / "broken", "import nothing_of_the_kind", routed=False)
    with pytest.raises(DeploymentFailed, match="nothing_of_the_kind"):
        check_start(stack(), broken)


def test_a_start_leaves_the_artefact_as_it_was_built(tmp_path: Path) -> None:
    built = artefact(tmp_path, "import other\ndef handler(event, context): pass")
    (built / "Function" / "other.py").touch()
    before = sorted(tmp_path.rglob("*"))
    check_start(stack(), built)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_function_in_another_language_is_not_started(tmp_path: Path) -> None:
    check_start(stack(), artefact(tmp_path, "import nothing_of_the_kind", "nodejs22.x"))


def test_a_function_for_another_python_or_processor_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = artefact(tmp_path, "import nothing_of_the_kind")
    check_start(stack(PythonRuntime="python3.9"), broken)
    monkeypatch.setattr("infra.deploy.starting.ARCHITECTURE", "x86_64")
    monkeypatch.setenv("DOSSIER_TARGET", "arm64")
    check_start(stack(), broken)
    assert not runs_here(stack())


class Builder(Deployer):
    """Builds stacks of which those that are named `broken` cannot start, and notes what it deploys."""

    sent: list[str]

    def build(self, stack: Stack, found: dict[str, Any] | None) -> str:
        """Make an artefact."""
        del found
        broken = "import nothing_of_the_kind" if "broken" in stack.name else "def handler(event, context): pass"
        artefact(self.built(stack), broken)
        return "inputs"

    def deploy(self, stack: Stack, inputs: str, *, execute: bool = True) -> str:
        """Note it."""
        assert (inputs, execute) == ("inputs", True)
        self.sent.append(stack.name)
        return "said"


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_stack_that_cannot_start_is_not_deployed_and_the_others_are(
    tmp_path: Path, moto_aws: None, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    del moto_aws
    monkeypatch.setattr(deploying, "check", lambda *_: None)
    monkeypatch.setattr(Builder, "at_once", at_once)
    Builder.sent = []
    template = ROOT / "functions" / "customer" / "template.yaml"
    stacks = [
        Stack(name, template, "dev", {"PythonRuntime": RUNTIME}) for name in ("broken", "loan", "broken-too", "z")
    ]
    with pytest.raises(DeploymentFailed) as refused:
        deploy(stacks, Builder(tmp_path))
    assert sorted(Builder.sent) == ["loan", "z"]
    assert "broken is not deployed" in str(refused.value)
    assert "broken-too is not deployed" in str(refused.value)
    assert Builder(tmp_path).built(stacks[1]).exists()


def test_services_do_not_follow_a_new_gateway_that_cannot_start(
    tmp_path: Path, moto_aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del moto_aws
    monkeypatch.setattr(deploying, "check", lambda *_: None)
    monkeypatch.setattr(Builder, "built", lambda _, stack: tmp_path / f"broken-{stack.name}")
    monkeypatch.setattr(deploying, "check_start", refuse)
    Builder.sent = []
    template = ROOT / "functions" / "customer" / "template.yaml"
    stacks = [Stack(name, template, "local", {"PythonRuntime": RUNTIME}) for name in (GATEWAY, "loan")]
    with pytest.raises(DeploymentFailed, match="gateway is not deployed"):
        deploy(stacks, Builder(tmp_path))
    assert Builder.sent == []


def refuse(stack: Stack, _: Path) -> None:
    """Refuse a stack."""
    raise DeploymentFailed(f"{stack.name} is not deployed")
