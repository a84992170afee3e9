"""Settings of stages."""

from pathlib import Path

import pytest

from infra.bootstrap import ROOT
from infra.deploy import settings
from infra.deploy.plan import require_production_settings
from infra.deploy.stacks import DeploymentFailed, Stack

VAULT = ROOT / "functions" / "ssn" / "template.yaml"
GATEWAY = ROOT / "gateway_config" / "template.yaml"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


@pytest.mark.parametrize(
    ("template", "parameters", "missing"),
    [
        (VAULT, {}, "AlarmTopic"),
        (VAULT, {"AlarmTopic": ""}, "AlarmTopic"),
        (GATEWAY, {"AlarmTopic": TOPIC}, "AllowedOrigins"),
    ],
)
def test_production_needs_a_topic_and_origins(template: Path, parameters: dict[str, str], missing: str) -> None:
    stack = Stack("one", template, "prod", parameters)
    with pytest.raises(DeploymentFailed, match=rf"one needs {missing} in production.*prod\.deploy\.parameters"):
        require_production_settings([stack])


@pytest.mark.parametrize(
    ("template", "stage", "parameters"),
    [
        (VAULT, "prod", {"AlarmTopic": TOPIC}),
        (GATEWAY, "prod", {"AllowedOrigins": "https://app.example.com", "AlarmTopic": TOPIC}),
        (VAULT, "dev", {}),
        (GATEWAY, "local", {}),
    ],
)
def test_nothing_else_is_needed(template: Path, stage: str, parameters: dict[str, str]) -> None:
    require_production_settings([Stack("one", template, stage, parameters)])


def test_a_stage_takes_the_settings_of_its_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samconfig = tmp_path / "samconfig.toml"
    samconfig.write_text(
        '[prod.deploy.parameters]\nparameter_overrides = "A=1 B=\'x y\'"\ns3_bucket = "ours"\n', encoding="utf-8"
    )
    monkeypatch.setattr(settings, "SAMCONFIG", samconfig)
    assert settings.stage_parameters("prod") == {"A": "1", "B": "x y"}
    assert settings.settings("prod")["s3_bucket"] == "ours"
    assert settings.stage_parameters("dev") == {}
    assert settings.config("prod")[-1] == "prod"
    assert settings.config("dev")[-1] == "default"
