"""The local cloud is killed during an import: no customer is lost that was acknowledged before the last save."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.bootstrap import ROOT
from tests.e2e.api import CUSTOMERS, Api, expect, unique_email
from tests.e2e.changes import PYTHON
from tests.e2e.conftest import own_cloud
from tests.e2e.target import NoToken, Target

pytestmark = pytest.mark.needs("own_cloud")

COUNT, THREADS, KILLS = 300, 8, (100, 200)
DEADLINE_SECONDS = 240
PROMISED = timedelta(seconds=2)
# Between the kill and the end of the process, answers still arrive.
LATE = timedelta(seconds=1)


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A local cloud of this module's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOSSIER_PORT", "4700")
        with own_cloud(tmp_path_factory.mktemp("cloud") / "kill") as target:
            yield target


class Import:
    """Creates customers from several threads, each until it is acknowledged."""

    def __init__(self, target: Target) -> None:
        """Create customers in `target`."""
        self._target = target
        self._emails = [unique_email() for _ in range(COUNT)]
        self._lock = threading.Lock()
        self.acknowledged: dict[str, tuple[str, datetime]] = {}
        self.ends = time.monotonic() + DEADLINE_SECONDS
        # Cleared while the cloud starts again: otherwise the import can be complete before the next kill.
        self.going_on = threading.Event()
        self.going_on.set()

    def work(self) -> None:
        """Take one address after the other."""
        api = Api.of(self._target, self._target.token)
        with api.http:
            while email := self._next():
                self._create(api, email)

    def _next(self) -> str | None:
        self.going_on.wait()
        with self._lock:
            return self._emails.pop() if self._emails else None

    def _create(self, api: Api, email: str) -> None:
        while time.monotonic() < self.ends:
            try:
                headers = {"Idempotency-Key": email}
                answer = api.call("POST", CUSTOMERS, json={"given_name": "Ada", "email": email}, headers=headers)
            except (httpx.HTTPError, AssertionError, NoToken):
                answer = None
            if answer is not None and answer.status_code == 201:
                self.acknowledged[email] = answer.json()["id"], datetime.now(UTC)
                return
            time.sleep(0.2)


def test_two_kills_during_an_import_lose_nothing_that_was_acknowledged_before_the_last_save(
    doomed: Target, show: Callable[[str], None]
) -> None:
    loading = Import(doomed)
    threads = [threading.Thread(target=loading.work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    # When it was killed, and the time of the data that was recovered.
    killed: list[tuple[datetime, datetime]] = []
    for count in KILLS:
        while len(loading.acknowledged) < count:
            assert time.monotonic() < loading.ends, "the import does not get on"
            time.sleep(0.05)
        at = datetime.now(UTC)
        kill(doomed)
        loading.going_on.clear()
        printed = run(doomed)
        loading.going_on.set()
        recovered = re.search(r"Recovered the data saved at (\S+)\.\n", printed)
        assert recovered
        killed.append((at, datetime.fromisoformat(recovered[1])))
    for thread in threads:
        thread.join()
    assert len(loading.acknowledged) == COUNT
    api = Api.of(doomed, doomed.token)
    with api.http:
        listed = everything(api)
        stored = {customer["email"]: customer["id"] for customer in listed}
        lost = {email for email, (customer_id, _) in loading.acknowledged.items() if stored.get(email) != customer_id}
        times = [loading.acknowledged[email][1] for email in lost]
        beyond = [at for at in times if not any(saved <= at <= kill + LATE for kill, saved in killed)]
        ages = [kill - at for at in times for kill, saved in killed if saved <= at <= kill]
        doubled = [email for email, times in Counter(customer["email"] for customer in listed).items() if times > 1]
        half = [customer for customer in listed if not whole(api, customer)]
    show(
        f"kill drill: {COUNT} customers, {THREADS} threads, 2 kills; last saves "
        f"{' and '.join(f'{(kill - saved).total_seconds():.1f} s' for kill, saved in killed)} before: "
        f"{len(lost)} lost since, the first {max(ages, default=timedelta()).total_seconds():.1f} s before a kill, "
        f"{len(beyond)} before a save, {len(doubled)} doubled, {len(half)} half-written"
    )
    assert (beyond, doubled, half) == ([], [], [])
    assert max(ages, default=timedelta()) <= PROMISED


def everything(api: Api) -> list[dict[str, str]]:
    """Every customer, page by page."""
    found, cursor = [], None
    while True:
        params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        answer = api.call("GET", CUSTOMERS, params=params)
        expect(answer, 200)
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


def whole(api: Api, customer: dict[str, str]) -> bool:
    """Whether a listed customer can be read, and is the one with its address."""
    read = api.call("GET", f"{CUSTOMERS}/{customer['id']}")
    found = api.call("GET", CUSTOMERS, params={"email": customer["email"]})
    return read.status_code == 200 and read.json() == customer and found.json()["items"] == [customer]


def kill(target: Target) -> None:
    """End the local cloud as a power loss does."""
    assert target.home
    note = json.loads((Path(target.home) / "process.json").read_text(encoding="utf-8"))
    os.kill(note["pid"], signal.SIGKILL)


def run(target: Target) -> str:
    """Start it again; return what the command printed for people."""
    environment = {**os.environ, "DOSSIER_HOME": str(target.home)}
    command = [str(PYTHON), "-m", "infra.local", "run"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def newest_generation(target: Target) -> Path:
    """The folder of the last save."""
    assert target.home
    return max((Path(target.home) / "state" / "generations").glob("generation-*"))


def create_and_save(target: Target, api: Api) -> int:
    """Create a customer, wait until the next save, and return the number of customers."""
    last, deadline = newest_generation(target), time.monotonic() + 60
    api.create()
    while newest_generation(target) == last:
        assert time.monotonic() < deadline, "nothing is saved"
        time.sleep(0.05)
    return len(everything(api))


def test_a_cut_state_file_is_set_aside_and_the_copy_before_it_is_used(doomed: Target) -> None:
    api = Api.of(doomed, doomed.token)
    with api.http:
        before = create_and_save(doomed, api)
        assert create_and_save(doomed, api) == before + 1
    kill(doomed)
    newest = newest_generation(doomed)
    whole_file = (newest / "dynamodb.json").read_bytes()
    (newest / "dynamodb.json").unlink()
    (newest / "dynamodb.json").write_bytes(whole_file[: len(whole_file) // 2])
    printed = run(doomed)
    assert f"It is kept as {newest.with_name(f'unreadable-{newest.name}')}." in printed
    again = Api.of(doomed, doomed.token)
    with again.http:
        assert len(everything(again)) == before


def test_a_damaged_file_that_seldom_changes_leaves_a_copy_that_can_be_used(doomed: Target) -> None:
    api = Api.of(doomed, doomed.token)
    with api.http:
        for _ in range(4):
            create_and_save(doomed, api)
    kill(doomed)
    with (newest_generation(doomed) / "kms.json").open("r+b") as shared:
        shared.truncate(100)
    assert "It is kept as " in run(doomed)
    again = Api.of(doomed, doomed.token)
    with again.http:
        assert everything(again)


def test_without_a_readable_state_no_start_succeeds_before_a_reset_or_restore(doomed: Target) -> None:
    kill(doomed)
    for generation in newest_generation(doomed).parent.glob("generation-*"):
        (generation / "iam.json").unlink()
        (generation / "iam.json").write_bytes(b"damaged")
    for _ in range(2):
        with pytest.raises(AssertionError, match=r"No saved state can be read. It is kept as .*unreadable-generation-"):
            run(doomed)
