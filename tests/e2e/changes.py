"""Changes a running system while it is being called."""

import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.bootstrap import ENVIRONMENTS, ROOT
from tests.e2e.api import Api
from tests.e2e.target import Target

PYTHON = ENVIRONMENTS["ministack"][0] / "bin" / "python"


def copy_checkout(to: Path) -> None:
    """Copy what is deployed to a folder where it may be changed; environments and built artefacts are shared."""
    for folder in ("functions", "gateway_config", "infra", "operations"):
        shutil.copytree(ROOT / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "samconfig.toml", to)
    (to / ".dossier").symlink_to(ROOT / ".dossier")


def environment(target: Target) -> dict[str, str]:
    """The environment for commands on the suite's own cloud."""
    return {**os.environ, "DOSSIER_HOME": str(target.home)}


def commands(target: Target, checkout: Path) -> Callable[..., str]:
    """Runs the commands of a checkout on the suite's own cloud; what they said."""
    return lambda *arguments: command(target, checkout, *arguments, check=True).stderr


def command(target: Target, checkout: Path, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Runs one command of a checkout on the suite's own cloud; with `check`, one that fails raises."""
    return subprocess.run(
        [PYTHON, "-m", "infra", *arguments],
        cwd=checkout,
        env=environment(target),
        capture_output=True,
        encoding="utf-8",
        check=check,
    )


@contextmanager
def steady_stream(api: Api, outcomes: Counter[str]) -> Iterator[None]:
    """Call the other services all the while; what came of it is counted as `path status`."""
    ended = threading.Event()
    customer = f"/v1/customers/{api.create().json()['id']}"
    paths = ["/health/customer", "/health/ssn", "/v1/customers?limit=5", customer]

    def call(path: str) -> None:
        while not ended.is_set():
            outcomes[f"{path} {api.call('GET', path).status_code}"] += 1

    threads = [threading.Thread(target=call, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def failures(outcomes: Counter[str]) -> dict[str, int]:
    """What `steady_stream` counted that is no success."""
    return {outcome: count for outcome, count in outcomes.items() if not outcome.endswith(" 200")}
