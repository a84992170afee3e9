"""Builds and deploys stacks with SAM CLI."""

import shutil
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import boto3

from infra.bootstrap import ENVIRONMENTS, exclusive
from infra.commands import ProgramFailed, run
from infra.deploy.cloudformation import noted
from infra.deploy.settings import DEPLOY, config, settings
from infra.deploy.stacks import WATCHED, DeploymentFailed, Stack


class Deployer:
    """Builds and deploys stacks with SAM CLI, in the account of the environment, by the settings of samconfig.toml.

    Attributes:
        folder: contains the artefacts.
        at_once: the most services that it deploys side by side.
    """

    at_once = 1

    def __init__(self, folder: Path) -> None:
        """Keep artefacts in a folder."""
        self.folder = folder
        self._temporary = folder / "tmp"

    def alone(self, job: str = "") -> AbstractContextManager[None]:
        """Let other commands wait that deploy from this folder, or that do the same named job.

        Two commands that build there at the same time would package half-made artefacts.
        """
        return exclusive(self.folder.parent / f"{self.folder.name}{job}.lock")

    def remove_temporary(self) -> None:
        """Remove the temporary folders of commands that were killed. Call it while no other command deploys."""
        shutil.rmtree(self._temporary, ignore_errors=True)

    def built(self, stack: Stack) -> Path:
        """Return the folder of a stack's artefacts and of its built template.

        Its parent belongs to this stack only: SAM CLI writes a `build.toml` there, which two processes would break.
        """
        return self.folder / stack.name / "built"

    def build(self, stack: Stack, found: dict[str, Any] | None) -> str:
        """Build one stack and return the hash of its inputs.

        A build that fails in the folder of an earlier build is repeated in an empty folder.

        Raises:
            DeploymentFailed: the build fails; the message contains its output.
        """
        inputs = stack.inputs()
        own = self.built(stack).parent
        # A process that was killed leaves a half-made build.
        can_be_broken = own.exists()
        try:
            self._build_once(stack, inputs, noted(found))
        except DeploymentFailed:
            if not can_be_broken:
                raise
            shutil.rmtree(own)
            self._build_once(stack, inputs, noted(found))
        return inputs

    def _build_once(self, stack: Stack, inputs: str, live: str) -> None:
        self._sam(
            *("build", *config(stack.stage), "--build-in-source"),
            *("--template", str(stack.template)),
            *("--build-dir", str(self.built(stack))),
            **variables(stack, inputs, live),
        )

    def deploy(self, stack: Stack, inputs: str, *, execute: bool = True) -> str:
        """Deploy one stack that was built, or only create its change set; return the table of changes.

        Raises:
            DeploymentFailed: SAM CLI or CloudFormation refuses; the message contains the output.
        """
        output = self._sam(
            *("deploy", *config(stack.stage), *DEPLOY),
            *(() if "s3_bucket" in settings(stack.stage) else ("--resolve-s3",)),
            *("--template", str(self.built(stack) / "template.yaml")),
            *("--stack-name", stack.stack_name),
            *("--s3-prefix", stack.stack_name),
            *("--parameter-overrides", *pairs(stack.values(inputs))),
            *(("--tags", *pairs(stack.tags)) if stack.tags else ()),
            *(() if execute else ("--no-execute-changeset",)),
        )
        _, _, table = output.partition("CloudFormation stack changeset")
        table, _, _ = table.partition("Changeset created successfully")
        return "\n".join(line for line in table.splitlines() if line.startswith(("+", "*", "-")) and line.strip("-"))

    def delete(self, stack: Stack) -> None:
        """Delete one stack and its artefacts.

        Raises:
            DeploymentFailed: SAM CLI or CloudFormation refuses; the message contains the output.
        """
        region = boto3.session.Session().region_name
        name = ("--stack-name", stack.stack_name, "--region", region)
        self._sam("delete", *config(stack.stage), "--no-prompts", *name)

    def _sam(self, *arguments: str, **environment: str) -> str:
        sam = ENVIRONMENTS["sam"][0] / "bin" / "sam"
        self._temporary.mkdir(parents=True, exist_ok=True)
        # SAM CLI does not remove its temporary folders.
        with tempfile.TemporaryDirectory(dir=self._temporary) as own:
            try:
                return run([sam, *arguments], SAM_CLI_TELEMETRY="0", TMPDIR=own, **environment)
            except ProgramFailed as failure:
                lines = [line for line in str(failure).splitlines() if "Uploading to" not in line]
                last = "\n".join(lines[-30:])
                raise DeploymentFailed(f"{last}\n\nsam {arguments[0]} failed. See its output above.") from None


def variables(stack: Stack, inputs: str, live: str) -> dict[str, str]:
    """Return the environment variables of a build, for packaging.py; `live` is the hash of the deployed inputs."""
    return {
        # CloudFormation does not know watched code. It replaces the code only by an artefact that it has not seen.
        "DOSSIER_INPUTS": inputs + (live if live.startswith(WATCHED) else ""),
        "DOSSIER_PYTHON": sys.executable,
        "DOSSIER_RUNTIME": stack.parameters.get("PythonRuntime", "").removeprefix("python"),
    }


def pairs(values: dict[str, str]) -> list[str]:
    """Return arguments of SAM CLI in the form key=value."""
    return [f"{name}={value}" for name, value in values.items()]
