"""What the stack's alarms count is what the service logs."""

import json
import re
from collections.abc import Callable

import pytest

from functions.ssn.quota import LOOKUPS
from infra.templates import load, resources
from tests.integration.ssn.conftest import TEMPLATE
from tests.integration.ssn.leaks import Transcript
from tests.integration.ssn.test_quota import spend
from tests.integration.ssn.vault import audit, get, lookup, put, remove, stored
from tests.support.gateway import Gateway

STACK = load(TEMPLATE)


def pattern(name: str) -> tuple[str, str]:
    """The member and its value that a metric filter looks for."""
    found = re.fullmatch(
        r'\{ \$\.(\w+) = "([^"]+)" \}', resources(STACK, "AWS::Logs::MetricFilter")[name]["FilterPattern"]
    )
    assert found is not None
    return found[1], found[2]


def counted(name: str, transcript: Transcript) -> list[str]:
    """The messages of the log lines that a metric filter counts."""
    member, value = pattern(name)
    lines = [json.loads(line) for line in transcript.lines if line.startswith('{"time": ')]
    return [line["message"] for line in lines if line.get(member) == value]


def without_audit(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be audited."""
    monkeypatch.setenv("AUDIT_NAME", "no-such-table")
    assert put(gateway, "512-73-8046").status == 503


def without_quotas(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be counted."""
    monkeypatch.setenv("TABLE_NAME", "no-such-table")
    assert lookup(gateway, "512-73-8046").status == 503


def without_its_keys(gateway: Gateway, _: pytest.MonkeyPatch) -> None:
    """A number has lost its keys."""
    put(gateway, "512-73-8046")
    (keys,) = [item for item in stored("KEYRING_NAME")["KEYRING_NAME"] if item["sk"]["S"] == "KEYS"]
    remove("KEYRING_NAME", keys)
    assert get(gateway).status == 500


def with_a_gap(gateway: Gateway, _: pytest.MonkeyPatch) -> None:
    """An entry of the audit was deleted."""
    put(gateway, "512-73-8046")
    remove("AUDIT_NAME", stored("AUDIT_NAME")["AUDIT_NAME"][0])
    assert audit(gateway).json["verified"] is False


def test_nothing_is_counted_while_all_is_well(gateway: Gateway, transcript: Transcript) -> None:
    put(gateway, "512-73-8046")
    assert lookup(gateway, "512-73-8046").status == 200
    assert audit(gateway).json["verified"] is True
    assert [counted(name, transcript) for name in ("Errors", "QuotasExceeded")] == [[], []]


@pytest.mark.parametrize(
    ("happens", "message"),
    [
        (without_audit, "audit not recorded"),
        (without_quotas, "quota not counted"),
        (without_its_keys, "defect"),
        (with_a_gap, "audit not whole"),
    ],
)
def test_what_fails_closed_or_was_changed_is_counted(
    gateway: Gateway,
    transcript: Transcript,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Gateway, pytest.MonkeyPatch], None],
    message: str,
) -> None:
    happens(gateway, monkeypatch)
    assert set(counted("Errors", transcript)) == {message}


def test_a_client_over_its_quota_is_counted(gateway: Gateway, transcript: Transcript) -> None:
    spend(LOOKUPS, "client-under-test")
    assert lookup(gateway, "512-73-8046").status == 429
    assert counted("QuotasExceeded", transcript) == ["quota exceeded"]


def test_every_index_key_has_an_alarm_on_how_fast_it_makes_marks() -> None:
    alarms = resources(STACK, "AWS::CloudWatch::Alarm").values()
    watched = [
        {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
        for alarm in alarms
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/KMS", "SuccessfulRequest")
    ]
    assert watched == [
        {"KeyArn": {"Fn::GetAtt": [key, "Arn"]}, "Operation": "GenerateMac"} for key in ("IndexKey1", "IndexKey2")
    ]


def test_every_alarm_has_a_metric_that_exists_and_tells_who_wants_to_know() -> None:
    own = {
        (transformation["MetricNamespace"]["Fn::Sub"], transformation["MetricName"])
        for metric_filter in resources(STACK, "AWS::Logs::MetricFilter").values()
        for transformation in metric_filter["MetricTransformations"]
    }
    alarms = resources(STACK, "AWS::CloudWatch::Alarm").values()
    of_logs = [alarm for alarm in alarms if "Fn::Sub" in alarm["Namespace"]]
    assert {(alarm["Namespace"]["Fn::Sub"], alarm["MetricName"]) for alarm in of_logs} == own
    for alarm in alarms:
        condition, sent, none = alarm["AlarmActions"]["Fn::If"]
        assert condition in {"AlarmsAreSent", "EachAlarmIsSent"}
        assert (sent, none) == ([{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"})


def test_the_filters_read_the_log_that_the_functions_write_to() -> None:
    (group,) = {
        str(metric_filter["LogGroupName"]) for metric_filter in resources(STACK, "AWS::Logs::MetricFilter").values()
    }
    functions = resources(STACK, "AWS::Serverless::Function").values()
    assert {str(function["LoggingConfig"]["LogGroup"]) for function in functions} == {group}
