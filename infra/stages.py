"""Stages: the stacks and the deployer of each. The stage `local` is the system of `make run`."""

import re
import sys

import boto3
from botocore.exceptions import NoRegionError

from infra.bootstrap import ROOT
from infra.deploy.sam import Deployer
from infra.deploy.settings import LOCAL, RUNTIME
from infra.deploy.stacks import DeploymentFailed, Stack, gateway_and_services
from infra.local import system
from infra.local.cloud import LocalCloud
from infra.local.deployer import LocalDeployer


def stacks_of(stage: str, *, offline: bool = False) -> tuple[Stack, list[Stack]]:
    """Return the stacks of a stage. From here on, AWS is the account that it is in, unless `offline`."""
    if stage == LOCAL:
        cloud = LocalCloud.here()
        system.use(cloud)
        return system.stacks(system.url(cloud))
    if not re.fullmatch("[a-z][a-z0-9-]{0,15}", stage):
        raise DeploymentFailed(
            "The stage's name is invalid. Use 1 to 16 lower-case letters, digits and hyphens; start with a letter."
        )
    if re.search("aws|amazon|cognito", stage):
        raise DeploymentFailed(
            "Choose another stage name: Cognito refuses domains that contain aws, amazon or cognito."
        )
    if not offline:
        name_account(stage)
    return gateway_and_services(stage, {"PythonRuntime": RUNTIME, "Architecture": "arm64"})


def has_credentials() -> bool:
    """Return whether boto3 finds credentials; whether AWS accepts them shows with the first call."""
    return boto3.session.Session().get_credentials() is not None


def name_account(stage: str) -> None:
    """Print the account and the Region that a stage is in.

    Raises:
        NoRegionError: no Region is configured.
    """
    region = boto3.session.Session().region_name
    if region is None:
        raise NoRegionError
    account = boto3.client("sts").get_caller_identity()["Account"]
    print(f"stage {stage}, account {account}, region {region}", file=sys.stderr)


def deployer(stage: str) -> Deployer:
    """Return the deployer of a stage: SAM CLI's, or in the local cloud our own, which takes a tenth of the time."""
    return LocalDeployer(LocalCloud.here().build) if stage == LOCAL else Deployer(ROOT / ".dossier" / "build" / stage)
