"""The vault's maintenance commands, on a stage in moto: who is named, what is said, and what is waited for."""

import io
import json
import logging
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.shared.plain import log
from functions.shared.plain.clock import now, rfc3339
from functions.shared.requests.caller import caller
from functions.ssn.numbers import id_holds_ssn
from infra.bootstrap import ROOT
from infra.deploy.stacks import Stack
from operations.vault.__main__ import LiveIndex, main
from operations.vault.role import Assumed, assumed, operator
from tests.integration.ssn.conftest import KEYS
from tests.integration.ssn.vault import ADA, BOB, audit, put, remove, reveal, stored, write
from tests.support.gateway import Gateway

TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
SETTINGS = ("TABLE_NAME", "KEYRING_NAME", "AUDIT_NAME", "JUSTIFICATIONS_NAME", "VAULT_NAME", "INDEX_VERSIONS", *KEYS)

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def stack(gateway: Gateway) -> Iterator[Stack]:
    """What of the stage `dev` the commands look at."""
    del gateway
    role = boto3.client("iam").create_role(RoleName="maintenance", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    functions = boto3.client("lambda")
    functions.create_function(
        FunctionName="ssn",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role["Arn"],
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {name: os.environ[name] for name in SETTINGS}},
        Publish=True,
    )
    functions.create_alias(FunctionName="ssn", Name="live", FunctionVersion="1")
    outputs = {"FunctionName": {"Value": "ssn"}, "MaintenanceRoleArn": {"Value": role["Arn"]}}
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    boto3.client("cloudformation").create_stack(
        StackName="dossier-dev-ssn", TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs})
    )
    boto3.client("ssm").put_parameter(Name="/dossier/dev/gateway/user-pool-id", Value="pool", Type="String")
    yield Stack("ssn", ROOT / "functions" / "ssn" / "template.yaml", "dev", {})
    boto3.client("ssm").delete_parameter(Name="/dossier/dev/gateway/user-pool-id")
    boto3.client("cloudformation").delete_stack(StackName="dossier-dev-ssn")
    functions.delete_function(FunctionName="ssn")
    boto3.client("iam").delete_role(RoleName="maintenance")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command; its exit code, and all that it said."""
    monkeypatch.setattr(log.logger, "handlers", [])

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["operations.vault", *words])
        code = main()
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_chains_are_verified_in_words_of_their_own(
    gateway: Gateway,
    stack: Stack,
    command: Command,
) -> None:
    for customer_id, ssn in ((ADA, "512738046"), (BOB, "512738047")):
        assert put(gateway, ssn, customer_id).status == 201
    code, said = command("verify-audit", "--stage", stack.stage)
    assert (code, said.splitlines()[-1]) == (0, "  2 seen, 2 chains complete, 0 not complete")
    assert command("verify-audit", "--stage", stack.stage, "--customer", ADA)[0] == 0
    remove("AUDIT_NAME", next(item for item in stored("AUDIT_NAME")["AUDIT_NAME"] if item["pk"]["S"] == f"CUS#{BOB}"))
    code, said = command("verify-audit", "--stage", stack.stage)
    assert (code, said.splitlines()[-1]) == (1, f"1 chains complete, 1 not complete: {BOB}")
    code, said = command("verify-audit", "--stage", stack.stage, "--customer", BOB)
    assert (code, said.splitlines()[-1]) == (1, "The chain is not complete.")


def test_keys_of_justifications_are_deleted_after_their_retention(
    gateway: Gateway, stack: Stack, command: Command
) -> None:
    put(gateway, "512738046")
    assert reveal(gateway).status == 200
    [key] = stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"]
    write("JUSTIFICATIONS_NAME", [{**key, "sk": {"S": "2019"}}])
    code, said = command("expire-justifications", "--stage", stack.stage)
    assert (code, said.splitlines()[-1]) == (0, "  2 seen, 1 deleted, 0 failed")
    assert stored("JUSTIFICATIONS_NAME")["JUSTIFICATIONS_NAME"] == [key]


@pytest.mark.parametrize("unknown", ["nonsense", ADA])
def test_of_an_unknown_customer_no_chain_is_called_whole(stack: Stack, command: Command, unknown: str) -> None:
    code, said = command("verify-audit", "--stage", stack.stage, "--customer", unknown)
    assert (code, said.splitlines()[-1]) == (1, f"The vault has no data about {unknown}.")


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        ("nowhere", "The gateway of the stage nowhere is not deployed."),
        ("No-Stage", "The stage's name is invalid."),
        ("local", "The local cloud is not running."),
    ],
)
@pytest.mark.usefixtures("moto_aws")
def test_where_there_is_no_vault_the_commands_say_so(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str, why: str
) -> None:
    monkeypatch.setenv("DOSSIER_HOME", str(tmp_path))
    code, said = command("re-encrypt", "--stage", stage)
    assert (code, why in said) == (1, True)


def test_an_index_version_without_a_key_is_refused(command: Command) -> None:
    with pytest.raises(SystemExit) as refused:
        command("rotate-index", "--to", "3")
    assert refused.value.code == 2


def test_the_audit_names_the_operator_as_aws_does(
    gateway: Gateway,
    stack: Stack,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert put(gateway, "512738046").status == 201
    item = next(item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"]["S"] == "KEYS")
    remove("TABLE_NAME", {**item, "sk": {"S": "SSN"}})
    monkeypatch.setenv("LOGNAME", "root")
    assert command("after-restore", "--stage", stack.stage)[0] == 0
    newest = audit(gateway).json["items"][0]
    arn = boto3.client("sts").get_caller_identity()["Arn"]
    assert (newest["action"], newest["client_id"], newest["actor"]) == ("reindex", "maintenance", operator(arn))


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("root", "root"),
        ("user/alice", "user/alice"),
        ("assumed-role/Admin/alice@example.com", "assumed-role/Admin/alice@example.com"),
        ("user/alice,bob", None),
        ("assumed-role/Admin/512738046", None),
        ("assumed-role/Admin/512-73-8046", None),
        (f"assumed-role/{'A' * 64}/{'b' * 64}", None),
    ],
)
def test_an_operator_is_named_as_a_client_would_name_a_person(who: str, name: str | None) -> None:
    named = operator(f"arn:aws:sts::123456789012:{who}")
    assert named == name if name else re.fullmatch("sha256/[0-9a-f]{64}", named)
    assert caller("maintenance", named).actor == named
    assert not id_holds_ssn(named)


@pytest.mark.parametrize("name", ["user/alice", "root", f"sha256/{'0' * 64}"])
def test_the_role_is_assumed_under_the_operators_name(stack: Stack, name: str) -> None:
    del stack
    role = boto3.client("iam").get_role(RoleName="maintenance")["Role"]["Arn"]
    client: Any = assumed(role, name).create_client("sts")
    arn = client.get_caller_identity()["Arn"]
    assert arn.rpartition("/")[2] == name.replace("/", "-")[-64:]


def test_the_role_is_assumed_again_before_its_session_ends() -> None:
    times = []

    def assume() -> dict[str, str]:
        times.append(1)
        ends = rfc3339(now() + timedelta(minutes=1 if len(times) == 1 else 60))
        return {"access_key": f"key-{len(times)}", "secret_key": "s", "token": "t", "expiry_time": ends}

    credentials = Assumed(assume).load()
    assert [credentials.get_frozen_credentials().access_key for _ in range(3)] == ["key-1", "key-2", "key-2"]


def test_requests_under_way_are_waited_for_also_where_the_setting_stands(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses: list[float] = []
    LiveIndex(stack, 11.0, pauses.append).use([1])
    assert pauses == [11.0]
    assert "waiting 11 s for running requests" in capsys.readouterr().err


def test_no_command_lets_botocore_log_what_it_sends(stack: Stack, command: Command) -> None:
    # At DEBUG it logs data keys.
    logging.getLogger("botocore").setLevel(logging.DEBUG)
    command("verify-audit", "--stage", stack.stage)
    assert logging.getLogger("botocore").getEffectiveLevel() == logging.INFO
