"""What a service says of itself."""

import json
from datetime import UTC, datetime

import pytest

from gateway_config.registry.registration import NO_INTEGRATION, NO_REGISTRATION, NO_TIME, NOWHERE, registered


def said(**members: str) -> str:
    """A Description."""
    return json.dumps({"service": "s", "version": "1", "owner": "o", "docs": "d", **members})


def test_an_introduction_may_say_more_than_the_registry_knows() -> None:
    service = registered("abc", said(colour="red"))
    assert (service.name, service.problems) == ("s", [])


@pytest.mark.parametrize("text", ["2026-11-23T23:50:00Z", "2026-11-24T00:50:00.000+01:00"])
def test_a_deployment_has_a_time_in_utc(text: str) -> None:
    service = registered("abc", said(deployed_at=text))
    assert service.deployed_at == datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
    assert '"deployed_at":"2026-11-23T23:50:00.000Z"' in service.model_dump_json()


@pytest.mark.parametrize("description", [said(), said(deployed_at="")])
def test_a_service_need_not_say_when_it_was_deployed(description: str) -> None:
    service = registered("abc", description)
    assert (service.deployed_at, service.problems) == (None, [])


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-11-23T23:50:00",
        "2026-13-01T00:00:00Z",
        "2026-11-23",
        "1795359600",
        "2026-11-23T23:50:00Z\n",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_time_that_is_none_is_told(text: str) -> None:
    service = registered("abc", said(deployed_at=text))
    assert (service.name, service.deployed_at, service.problems) == ("s", None, [NO_TIME])


@pytest.mark.parametrize("name", ["s", "credit-report2", "a" * 63])
def test_a_name_can_be_part_of_a_path(name: str) -> None:
    assert registered("abc", said(service=name)).name == name


@pytest.mark.parametrize(
    "name", ["", "..", "two words", "Loan", "1st", "-x", "a/b", "a_b", "a" * 64, "loan\n", "\u00e4"]
)
def test_a_service_with_another_name_goes_by_its_integrations_id(name: str) -> None:
    service = registered("abc", said(service=name))
    assert (service.name, service.version, service.problems) == ("abc", None, [NO_REGISTRATION])


def test_what_leads_nowhere_has_a_name_that_can_be_asked_for() -> None:
    service = registered("", None)
    assert (service.name, service.problems) == (NOWHERE, [NO_INTEGRATION])
