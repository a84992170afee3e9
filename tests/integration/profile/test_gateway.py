"""One call through the gateway, and the connection that it leaves for the next."""

import pytest

from functions.profile.gateway import Gateway
from tests.integration.profile.services import Services, answers


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        """Begin at a time of no meaning."""
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.seconds


@pytest.mark.parametrize(("pause", "connections"), [(0.0, 1), (2.0, 1), (2.1, 2), (3600.0, 2)])
def test_a_connection_is_used_again_unless_it_was_idle_for_long(
    services: Services, pause: float, connections: int
) -> None:
    clock = Clock()
    gateway = Gateway(services.url, clock)
    for _ in range(2):
        assert gateway.get("/services", {}).status == 200
        clock.seconds += pause
    assert len(set(services.connections)) == connections


def test_two_gateways_share_no_connection(services: Services) -> None:
    for _ in range(2):
        Gateway(services.url).get("/services", {})
    assert len(set(services.connections)) == 2


def test_what_is_answered_is_told_without_its_parameters(services: Services) -> None:
    services.behaviours["registry"] = answers(200, {}, "Application/JSON; charset=utf-8")
    answer = Gateway(services.url).get("/services", {})
    assert (answer.status, answer.media_type, answer.body) == (200, "application/json", b"{}")
