"""`make logs` contains what only ministack's own log has: the words of a function that failed as it started."""

import io
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.deploy.logs import print_logs
from infra.local.logs import failed_starts

LOG = """2026-11-27 20:13:44 WARNING [samtranslator.metrics] dossier-local-customer-Function-1 is measured
2026-11-27 20:20:22 ERROR [lambda] Warm worker execution error for dossier-local-customer-Function-1: Worker init failed
Traceback (most recent call last):
  ImportError: Grüße
2026-11-27 20:20:23 ERROR [lambda] Warm worker execution error for dossier-local-credit-Function-2: exited
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a local cloud in which two functions failed."""
    path = tmp_path / "ministack.log"
    path.write_text(LOG, encoding="utf-8")
    return path


def test_the_words_of_a_function_that_failed_as_it_started_are_marked(log: Path) -> None:
    [(_, words)] = failed_starts(log, "dossier-local-customer-")
    lines = words.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("[ministack.log] 2026-11-27 20:20:22 ") for line in lines)
    assert "ImportError: Grüße" in lines[-1]


def test_without_a_service_every_function_s_words_are_found(log: Path) -> None:
    assert len(failed_starts(log, "dossier-local-")) == 2


def test_a_local_cloud_without_a_log_has_no_words(tmp_path: Path) -> None:
    assert failed_starts(tmp_path / "ministack.log", "dossier-local-") == []


def test_they_are_printed_among_the_service_s_own_lines_in_order_of_time(
    moto_aws: None, capsys: pytest.CaptureFixture[str]
) -> None:
    del moto_aws
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/dossier/local/customer")
    logs.create_log_stream(logGroupName="/dossier/local/customer", logStreamName="a")
    now = 1_795_810_000_000
    lines: list[Any] = [{"timestamp": now + second, "message": f"own {second}"} for second in (0, 2)]
    logs.put_log_events(logGroupName="/dossier/local/customer", logStreamName="a", logEvents=lines)
    print_logs("/dossier/local", "customer", [(now + 1, "[ministack.log] failed")])
    assert capsys.readouterr().out.splitlines() == ["own 0", "[ministack.log] failed", "own 2"]


def test_a_terminal_of_another_encoding_gets_escapes(moto_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del moto_aws
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="ascii", write_through=True))
    print_logs("/dossier/local", "customer", [(1, "Grüße")])
    assert printed.getvalue() == b"Gr\\xfc\\xdfe\n"
