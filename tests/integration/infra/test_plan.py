"""`make deploy DRY_RUN=1` without credentials."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bootstrap import ENVIRONMENTS, ROOT
from infra.deploy.plan import parameters
from infra.deploy.stacks import Stack

SSN = ROOT / "functions" / "ssn" / "template.yaml"


@pytest.mark.skipif(not (ENVIRONMENTS["sam"][0] / "complete").exists(), reason="SAM CLI is not installed")
def test_a_dry_run_without_credentials_builds_and_prints_order_and_parameters() -> None:
    without = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "DOSSIER_TARGET": "host",
    }
    run = subprocess.run(
        [sys.executable, "-m", "infra", "deploy", "--stage", "prod", "--dry-run"],
        cwd=ROOT,
        env={**without, **nowhere},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    names = [line for line in run.stdout.splitlines() if not line.startswith(" ")]
    assert names == [
        f"{n}. dossier-prod-{name}" for n, name in enumerate(["gateway", "credit", "customer", "profile", "ssn"], 1)
    ]
    assert "AllowedOrigins is missing: the origins of browser applications." in run.stdout
    assert "PublicRoutes=open" in run.stdout
    assert run.stderr.endswith("No credentials: change sets were not made.\n")


def test_parameters_name_their_values_and_what_is_missing(tmp_path: Path) -> None:
    lines = parameters(Stack("ssn", SSN, "prod", {"Stage": "prod"}))
    assert "Stage=prod" in lines
    assert "IndexVersions=1 (default)" in lines
    assert "AlarmTopic is missing: the SNS topic of alarms. Add it to [prod.deploy.parameters]." in lines
    assert not [line for line in lines if line.startswith(("Inputs", "DeployedAt"))]
    topic = "arn:aws:sns:us-east-1:123456789012:alarms"
    assert f"AlarmTopic={topic}" in parameters(Stack("ssn", SSN, "prod", {"AlarmTopic": topic}))
    bare = tmp_path / "template.yaml"
    bare.write_text("Parameters: {Stage: {Type: String}, Inputs: {Type: String}}", encoding="utf-8")
    assert parameters(Stack("bare", bare, "dev", {})) == ["Stage is missing: it has no default."]
