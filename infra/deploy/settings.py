"""Settings of stages: samconfig.toml, and the values that every stage uses."""

import platform
import shlex
import sys
import tomllib
from typing import Any

from infra.bootstrap import ROOT

SAMCONFIG = ROOT / "samconfig.toml"
LOCAL = "local"
PRODUCTION = "prod"
# SAM CLI merges no sections of samconfig.toml, so every stage gets these as arguments.
DEPLOY = (
    *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
    *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
)
PRODUCTION_NEEDS = {"AlarmTopic": "the SNS topic of alarms", "AllowedOrigins": "the origins of browser applications"}
# This Python, and the processor of this machine, as Lambda names them.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def config(stage: str) -> list[str]:
    """Return the arguments of SAM CLI that select a stage's section of samconfig.toml."""
    return ["--config-file", str(SAMCONFIG), "--config-env", _section(stage)[0]]


def settings(stage: str) -> dict[str, Any]:
    """Return the settings of `sam deploy` in a stage's section of samconfig.toml."""
    found: dict[str, Any] = _section(stage)[1].get("deploy", {}).get("parameters", {})
    return found


def stage_parameters(stage: str) -> dict[str, str]:
    """Return the `parameter_overrides` of a stage's section in samconfig.toml."""
    overrides = settings(stage).get("parameter_overrides", "")
    return dict(pair.partition("=")[::2] for pair in shlex.split(overrides))


def _section(stage: str) -> tuple[str, dict[str, Any]]:
    sections = tomllib.loads(SAMCONFIG.read_text(encoding="utf-8"))
    name = stage if stage in sections else "default"
    return name, sections.get(name, {})
