"""The local cloud keeps its data and its processes: backups, resources that no longer exist, a full disk."""

import json
import os
import resource
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.bootstrap import ROOT
from infra.local.process import LAUNCHER, environment
from tests.e2e.api import CUSTOMERS, EVERY_SCOPE, Api, at_once, expect, location
from tests.e2e.changes import PYTHON
from tests.e2e.conftest import own_cloud
from tests.e2e.target import Target
from tests.e2e.vault import SCOPES, a_number, customer

pytestmark = pytest.mark.needs("own_cloud")


# Runs in the environment of ministack. The first collection of the state fails.
DISTURBED = """
import asyncio, sys
from infra.local import saving
from infra.local.generations import Generations
collected, failures = saving.collected, [eval(sys.argv[1])]

def disturbed(*arguments, **named):
    if failures:
        raise failures.pop()
    return collected(*arguments, **named)

saving.collected = disturbed
saver = saving.Saver(Generations(saving.STATE / "generations"))
if sys.argv[2] == "stop":
    saver.finish(None)
else:
    print(asyncio.run(saver.save())["error"])
    print(asyncio.run(saver.save())["error"])
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A local cloud of this module's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOSSIER_PORT", "4720")
        with own_cloud(tmp_path_factory.mktemp("cloud") / "kept") as target:
            yield target


def command(target: Target, *arguments: str) -> tuple[int, str]:
    """Run a command of the local cloud; return its exit status and what it printed for people."""
    done = subprocess.run(
        [str(PYTHON), "-m", "infra.local", *arguments],
        cwd=ROOT,
        env={**os.environ, "DOSSIER_HOME": str(target.home)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stderr


def process(target: Target) -> dict[str, int]:
    """The process of the local cloud: `pid` and `port`."""
    assert target.home
    note: dict[str, int] = json.loads((target.home / "process.json").read_text(encoding="utf-8"))
    return note


def client(target: Target, service: Any) -> Any:
    """A client of AWS's API in the local cloud."""
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    return session.client(service, endpoint_url=f"http://127.0.0.1:{process(target)['port']}")


def erase(api: Api, *paths: str) -> None:
    """Erase customers and numbers."""
    for path in paths:
        answer = api.call("DELETE", path, scopes=f"{EVERY_SCOPE} {SCOPES}", headers={"If-Match": "*"})
        assert answer.status_code in {202, 204}, answer.text


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_a_restore_brings_back_the_data_and_the_stacks_of_a_backup(
    kept: Target, tmp_path: Path, *, running: bool
) -> None:
    def local(*arguments: str) -> str:
        exit_status, printed = command(kept, *arguments)
        assert exit_status == 0, printed
        return printed

    def stopped(*arguments: str) -> None:
        if not running:
            local("stop")
        local(*arguments, "--file", str(tmp_path / "backup.tar.gz"))
        if not running:
            local("run")

    api = Api.of(kept, kept.token)
    ssn = partial(api.call, scopes=SCOPES)
    with api.http:
        ada = location(api.create(given_name="Ada"))
        early, late = (f"/v1/ssn/{customer()}" for _ in range(2))
        expect(ssn("PUT", early, json={"ssn": a_number()}), 201)
        stopped("backup")
        expect(api.patch(ada, api.call("GET", ada).headers["ETag"], given_name="Augusta"), 200)
        erase(api, early)
        expect(ssn("PUT", late, json={"ssn": a_number()}), 201)
        client(kept, "cloudformation").delete_stack(StackName="dossier-local-profile")
        stopped("restore")
        assert api.call("GET", ada).json()["given_name"] == "Ada"
        expect(ssn("GET", early), 200)
        expect(ssn("GET", late), 404)
        assert "gateway, credit, customer, profile, ssn unchanged" in local("run")
        erase(api, early, ada)


def test_a_damaged_backup_changes_nothing(kept: Target, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    assert command(kept, "backup", "--file", str(file))[0] == 0
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    pid = process(kept)["pid"]
    exit_status, printed = command(kept, "restore", "--file", str(file))
    assert exit_status == 1
    assert printed.startswith(f"{file} is damaged, or no backup of the local system.")
    assert process(kept)["pid"] == pid, "it is not restarted"


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::Lambda::Function"])
def test_a_run_creates_again_what_no_longer_exists_and_names_it(kept: Target, kind: str) -> None:
    stack = "dossier-local-customer"
    (resources,) = client(kept, "cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    name, physical = next(
        (found["LogicalResourceId"], found["PhysicalResourceId"])
        for found in resources["StackResourceSummaries"]
        if found["ResourceType"] == kind
    )
    if kind == "AWS::DynamoDB::Table":
        client(kept, "dynamodb").delete_table(TableName=physical)
    else:
        client(kept, "lambda").delete_function(FunctionName=physical)
    exit_status, printed = command(kept, "run")
    assert exit_status == 0, printed
    assert f"  customer             missing: {name}; created again, without data\n" in printed
    assert "  customer             deployed (" in printed
    assert "  gateway, credit, profile, ssn unchanged (" in printed
    api = Api.of(kept, kept.token)
    with api.http:
        path = location(api.create())
        expect(api.call("GET", path), 200)
        erase(api, path)


def test_two_processes_never_use_the_same_data(kept: Target) -> None:
    assert kept.home
    running = process(kept)
    second = subprocess.run(
        [PYTHON, LAUNCHER],
        env=environment(kept.home, running["port"] + 1),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"Another process uses the data in {kept.home}." in second.stderr
    assert process(kept) == running


def test_a_port_that_the_running_system_does_not_use_is_named(kept: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_PORT", "4799")
    exit_status, printed = command(kept, "run")
    assert exit_status == 0
    assert printed.startswith(f"The local cloud runs on port {process(kept)['port']}. For another port: make stop")


@pytest.mark.parametrize(
    ("failure", "when", "printed", "clean"),
    [
        ("RuntimeError('dictionary changed size during iteration')", "stop", "", True),
        ("RuntimeError('dictionary changed size during iteration')", "save", "None\nNone\n", False),
        ("ValueError('a defect')", "save", "ValueError: a defect\nNone\n", False),
    ],
)
def test_a_save_that_fails_once_is_followed_by_one_that_succeeds(
    tmp_path: Path, failure: str, when: str, printed: str, *, clean: bool
) -> None:
    (tmp_path / "state").mkdir()
    done = subprocess.run(
        [PYTHON, "-c", DISTURBED, failure, when],
        cwd=ROOT,
        env=environment(tmp_path, 9),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, printed), done.stderr
    saved = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    assert (saved["error"], saved["clean"]) == (None, clean)


def test_many_requests_at_once_share_a_few_processes_and_one_copy_of_the_code(kept: Target) -> None:
    api = Api.of(kept, kept.token)
    assert kept.home
    with api.http:
        answers = at_once(20, lambda _: api.call("GET", f"{CUSTOMERS}?limit=1"))
    assert {answer.status_code for answer in answers} == {200}
    processes = list((kept.home / "tmp").glob("ministack-lambda-dossier-local-customer-Function-*"))
    assert len(processes) <= max(4, 2 * (os.cpu_count() or 1))
    assert len({(process / "code").readlink() for process in processes}) == 1


def test_a_full_disk_fails_run_and_stop_with_the_cause_and_the_last_good_data_is_kept(kept: Target) -> None:
    api = Api.of(kept, kept.token)
    with api.http:
        before = location(api.create())
        assert command(kept, "run")[0] == 0, "which saves"
        resource.prlimit(process(kept)["pid"], resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        api.create()
        exit_status, printed = command(kept, "run")
        assert exit_status == 1
        assert printed.startswith("The local cloud cannot save its data: [Errno 27] File too large"), printed
        exit_status, printed = command(kept, "stop")
        assert exit_status == 1
        assert "the last changes could not be saved: [Errno 27] File too large" in printed
        exit_status, printed = command(kept, "run")
        assert exit_status == 0, printed
        assert "Recovered the data saved at " in printed
        expect(api.call("GET", before), 200)
