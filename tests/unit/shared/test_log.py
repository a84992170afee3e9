"""The structured log."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from functions.shared.plain import log
from tests.support.logs import LogText


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the log's configuration to the test, and restore it."""
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    before = (log.logger.handlers, log.logger.level, log.logger.propagate)
    botocore = logging.getLogger("botocore").level
    yield
    log.logger.handlers, log.logger.level, log.logger.propagate = before
    logging.getLogger("botocore").setLevel(botocore)


def raised(error: Exception) -> Exception:
    """The error, with a traceback."""
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_line_is_one_json_object(log_text: LogText) -> None:
    log.start_request(request_id="request-1")
    log.logger.info("first\nsecond", extra={"fields": {"name": "Zoë\u2028\n"}})
    assert log_text.getvalue().count("\n") == 1
    (line,) = log_text.lines
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "message": "first\nsecond",
        "request_id": "request-1",
        "name": "Zoë\u2028\n",
    }


def test_the_time_is_utc_to_the_millisecond() -> None:
    record = logging.LogRecord("dossier", logging.INFO, "", 0, "request", None, None)
    record.created, record.msecs = 1_795_361_400.007, 7.9
    assert json.loads(log.JsonFormatter().format(record))["time"] == "2026-11-22T15:30:00.007Z"


def test_a_request_forgets_the_fields_of_the_one_before(log_text: LogText) -> None:
    log.start_request(request_id="request-1", client_id="client-1")
    log.add(code="email_taken")
    log.logger.info("request")
    log.start_request(request_id="request-2")
    log.logger.info("request")
    first, second = log_text.lines
    assert (first["request_id"], first["client_id"], first["code"]) == ("request-1", "client-1", "email_taken")
    assert sorted(second) == ["level", "message", "request_id", "time"]


def test_added_fields_stay_until_the_request_ends(log_text: LogText) -> None:
    log.start_request(request_id="request-1")
    log.add(code="first")
    log.add(code="second", more=1)
    log.logger.info("request")
    (line,) = log_text.lines
    assert (line["request_id"], line["code"], line["more"]) == ("request-1", "second", 1)


def test_an_exceptions_text_never_appears_even_where_it_is_handed_over(log_text: LogText) -> None:
    error = raised(ValueError("ada@example.com"))
    log.logger.error("defect", exc_info=error, stack_info=True)
    assert "ada@example.com" not in log_text.getvalue()
    assert log_text.lines[0]["message"] == "defect"


def test_a_stack_tells_places_and_no_text() -> None:
    def inner() -> None:
        raise ValueError("ada@example.com")

    try:
        inner()
    except ValueError:
        frames = log.stack(sys.exc_info()[2])
    assert [frame.rpartition(" ")[2] for frame in frames] == [
        "test_a_stack_tells_places_and_no_text",
        "inner",
    ]
    assert all("test_log.py:" in frame for frame in frames)
    assert "ada@example.com" not in str(frames)


def test_without_a_traceback_there_is_no_stack() -> None:
    assert log.stack(None) == []


@pytest.mark.usefixtures("configured")
def test_the_log_goes_to_stderr_from_info_up(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    log.logger.debug("too much")
    log.logger.info("request")
    out, err = capsys.readouterr()
    assert out == ""
    assert [json.loads(line)["message"] for line in err.splitlines()] == ["request"]


@pytest.mark.usefixtures("configured")
def test_the_environment_sets_the_level(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    log.configure()
    log.logger.warning("too much")
    log.logger.error("defect")
    lines: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["ERROR"]


@pytest.mark.usefixtures("configured")
def test_configured_twice_it_still_writes_once(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    log.configure()
    log.configure()
    log.logger.info("request")
    assert len(capsys.readouterr().err.splitlines()) == 1
    # Lambda's own handler on the root logger would write each line again.
    assert caplog.records == []


@pytest.mark.usefixtures("configured")
def test_botocore_never_logs_at_debug_where_it_would_log_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    log.configure()
    assert log.logger.isEnabledFor(logging.DEBUG)
    for name in ("botocore", "botocore.endpoint", "botocore.parsers"):
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


def test_calls_are_counted_for_each_request(log_text: LogText) -> None:
    log.count_call()
    log.start_request(aws_calls=0)
    log.count_call()
    log.add(customer="cus_1")
    log.count_call()
    log.logger.info("request")
    log.start_request(aws_calls=0)
    log.logger.info("request")
    assert [line["aws_calls"] for line in log_text.lines] == [2, 0]


def test_metrics_are_embedded_only_in_a_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_NAMESPACE", "")
    assert log.embedded_metrics() == {}
    monkeypatch.setenv("METRICS_NAMESPACE", "Dossier/dev")
    (directive,) = log.embedded_metrics()["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Dossier/dev"
    assert directive["Dimensions"] == [["service", "route_key", "status_class"]]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["duration_ms", "aws_calls", "cold_start"]
