"""The vault as its clients and its operators use it."""

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.shared.plain.clock import now, rfc3339
from functions.shared.plain.ids import new_id
from infra.bootstrap import ENVIRONMENTS, ROOT
from tests.e2e.api import Api, retried
from tests.e2e.target import Target

SCOPES = "ssn/audit ssn/erase ssn/export ssn/lookup ssn/read ssn/reveal ssn/verify ssn/write"
WHY = {"purpose": "tax_reporting", "justification": "Form 1099-INT of the tax year"}

Call = Callable[..., httpx.Response]


def a_number() -> str:
    """A number of its own, of an area that was not issued before 2011."""
    return f"{random.randint(750, 765)}{random.randint(10, 99)}{random.randint(1000, 9999)}"  # noqa: S311 - no secret


@pytest.fixture
def vault(api: Api) -> Iterator[Call]:
    """Call a route of the vault; what is stored is erased at the end."""
    stored: set[str] = set()

    def call(method: str, url: str, **more: Any) -> httpx.Response:
        answer = api.call(method, f"/v1/ssn/{url}", scopes=SCOPES, **more)
        if method == "PUT" and answer.status_code == 201:
            stored.add(url)
        return answer

    yield call
    for url in stored:
        erased = retried(partial(call, "DELETE", url, headers={"If-Match": "*"}))
        assert erased.status_code in {204, 410}


def customer() -> str:
    """A customer's id."""
    return new_id("cus", now())


def consent() -> dict[str, str]:
    """A consent that was given yesterday."""
    given_at = rfc3339(now() - timedelta(days=1))
    return {
        "consent_id": new_id("con", now()),
        "given_at": given_at,
        "purpose": "credit_transaction",
        "method": "written",
    }


def maintain(target: Target, *arguments: str, checkout: Path = ROOT) -> str:
    """What a maintenance command of a checkout says, on the suite's own cloud."""
    with maintaining(target, *arguments, checkout=checkout) as command:
        _, said = command.communicate()
    assert command.returncode == 0, said
    return said


def kill(target: Target, *arguments: str, at: str) -> None:
    """Kill a maintenance command as soon as it says something."""
    with maintaining(target, *arguments) as command:
        assert command.stderr
        said = next(line for line in command.stderr if at in line)
        command.kill()
    assert command.returncode == -signal.SIGKILL, said


def maintaining(target: Target, *arguments: str, checkout: Path = ROOT) -> subprocess.Popen[str]:
    """A maintenance command that was started."""
    port = target.url.split(":")[2].split("/")[0]
    return subprocess.Popen(
        [ENVIRONMENTS["dev"][0] / "bin" / "python", "-m", "operations.vault", *arguments],
        cwd=checkout,
        env={**os.environ, "DOSSIER_HOME": str(target.home), "DOSSIER_PORT": port},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
