"""make watch: a saved change is served at once, a broken one never."""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import UNKNOWN_ID, Api, wait_until
from tests.e2e.changes import PYTHON, commands, environment, failures, steady_stream
from tests.e2e.target import Target

pytestmark = pytest.mark.needs("own_cloud")

TITLE = "No customer has this id"


def test_a_saved_change_is_served_without_a_failed_request_and_a_broken_one_is_not(
    target: Target, api: Api, checkout: Path, show: Callable[[str], None]
) -> None:
    errors = checkout / "functions" / "customer" / "errors.py"
    original = errors.read_text(encoding="utf-8")
    outcomes: Counter[str] = Counter()

    def save(wording: str) -> float:
        errors.write_text(original.replace(TITLE, wording), encoding="utf-8")
        saved = time.monotonic()
        wait_until(lambda: title(api) == wording)
        return time.monotonic() - saved

    with watching(target, checkout) as said:
        elapsed = [save(f"Nobody {number}") for number in range(3)]
        with steady_stream(api, outcomes):
            save("Nobody")
            errors.write_text("import nothing_of_the_kind", encoding="utf-8")
            wait_until(lambda: "not live" in said())
            assert title(api) == "Nobody"
            save("Watched")
    assert not failures(outcomes)
    # The source is as it was deployed: CloudFormation alone would see nothing to do, and keep what was watched.
    assert "deployed" in commands(target, ROOT)("deploy", "--service", "customer")
    assert title(api) == TITLE
    assert "unchanged" in commands(target, ROOT)("deploy", "--service", "customer")
    show(f"saved change → served: median {median(elapsed):.2f} s")
    show(f"saved changes, one of them broken: {outcomes.total()} requests meanwhile, 0 failed")


def test_each_saved_file_has_a_line_that_is_live_or_names_the_command(target: Target, checkout: Path) -> None:
    service = checkout / "functions" / "customer"
    try:
        with watching(target, checkout) as said:
            (service / ".#app.py").symlink_to("user@host.1234:1700000000")  # emacs: a file with unsaved changes
            append(service / "null.py", "\0")
            wait_until(lambda: "not live: " in said())
            (service / "null.py").unlink()
            append(service / "openapi.json", "\n")
            wait_until(lambda: bool(re.search("customer +version .* live", said())))
            append(service / "template.yaml", "# changed\n")
            wait_until(lambda: "template.yaml has changed. Run: make run" in said())
            append(checkout / "gateway_config" / "registry" / "static" / "viewer.js", "\n")
            wait_until(lambda: bool(re.search("gateway +viewer.js has changed. Run: make run", said())))
            append(
                service / "app.py", '@app.endpoint("GET", "/v1/news", scope="customers/read", answers={200: None})\n'
            )
            append(service / "app.py", "def news() -> None: ...\n")
            wait_until(lambda: "template.yaml has no route GET /v1/news" in said() or "not live" in said())
            (checkout / "functions" / "loan").mkdir()
            new = checkout / "functions" / "loan" / "template.yaml"
            append(new, "Resources: {}\n")

            def is_named() -> bool:
                # The system may not report a file that is written right after its folder. It reports the next save.
                append(new, "# saved again\n")
                return bool(re.search("loan +is a new service. Run: make run", said()))

            wait_until(is_named)
    finally:
        commands(target, ROOT)("deploy")


def append(file: Path, text: str) -> None:
    """Write text at the end of a file."""
    with file.open("a", encoding="utf-8") as saved:
        saved.write(text)


def title(api: Api) -> str:
    """A text of the Customer Service's own, as it is served now."""
    return str(api.call("GET", f"/v1/customers/{UNKNOWN_ID}").json()["title"])


@contextmanager
def watching(target: Target, checkout: Path) -> Iterator[Callable[[], str]]:
    """Watch a checkout; what it has said so far."""
    log = checkout / "watch.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [PYTHON, "-m", "infra.local", "watch"], cwd=checkout, env=environment(target), stdout=output, stderr=output
        )
    try:
        wait_until(lambda: "Watching" in log.read_text(encoding="utf-8"))
        yield partial(log.read_text, encoding="utf-8")
    finally:
        # Not the SIGINT of a Ctrl-C: where a shell has put the tests into the background, it is ignored.
        process.terminate()
        process.wait(timeout=20)
