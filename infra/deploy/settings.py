"""Settings of stages: samconfig.toml, and what every stage gets."""

import shlex
import tomllib
from typing import Any

from infra.bootstrap import ROOT

SAMCONFIG = ROOT / "samconfig.toml"
LOCAL = "local"
PRODUCTION = "prod"
# Given to SAM CLI for every stage, as it merges no sections of samconfig.toml.
DEPLOY = (
    *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
    *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
)
# Parameters without a default that would do in production, and what they are for.
PRODUCTION_NEEDS = {"AlarmTopic": "the SNS topic of alarms", "AllowedOrigins": "the origins of browser applications"}


def config(stage: str) -> list[str]:
    """Which section of samconfig.toml a stage goes by."""
    return ["--config-file", str(SAMCONFIG), "--config-env", _section(stage)[0]]


def settings(stage: str) -> dict[str, Any]:
    """The settings of `sam deploy` in a stage's section of samconfig.toml."""
    found: dict[str, Any] = _section(stage)[1].get("deploy", {}).get("parameters", {})
    return found


def stage_parameters(stage: str) -> dict[str, str]:
    """The `parameter_overrides` of a stage's section in samconfig.toml, for every template that has them."""
    overrides = settings(stage).get("parameter_overrides", "")
    return dict(pair.partition("=")[::2] for pair in shlex.split(overrides))


def _section(stage: str) -> tuple[str, dict[str, Any]]:
    known = tomllib.loads(SAMCONFIG.read_text(encoding="utf-8"))
    name = stage if stage in known else "default"
    return name, known.get(name, {})
