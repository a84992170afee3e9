"""The registry asks the services how they are."""

import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from gateway_config.registry.health import HEALTH, summary
from gateway_config.registry.models import HealthStatus, RegisteredRoute, RegisteredService
from gateway_config.registry.polling import MAX_PARALLEL, Poller
from tests.support.loopback import HANGS, Loopback, Serve, serving

OK, FAILING = HealthStatus.OK, HealthStatus.FAILING
UNREACHABLE, UNKNOWN = HealthStatus.UNREACHABLE, HealthStatus.UNKNOWN

# That `Dripping` has had.
connections: list[Any] = []


def service(name: str, *, health: bool = True) -> RegisteredService:
    """A registered service, with its own health among its routes or not."""
    routes = [RegisteredRoute(method="GET", path=f"/health/{name}", scopes=[])] if health else []
    return RegisteredService(name=name, version="1", owner="o", docs="d", routes=routes, problems=[])


def test_each_service_is_asked_at_its_own_address(serve: Serve) -> None:
    server = serve({"well": 200, "ill": 503, "broken": 500, "shy": 401, "moved": 302})
    names = ["well", "ill", "broken", "shy", "moved", "missing"]
    assert Poller(HEALTH, server.url).results(map(service, names), {}) == {
        "well": OK,
        "ill": FAILING,
        "broken": FAILING,
        "shy": FAILING,
        "moved": FAILING,
        "missing": FAILING,
    }
    assert sorted(server.asked) == sorted(f"/health/{name}" for name in names)


def test_a_slash_at_the_end_of_the_gateways_url_does_no_harm(serve: Serve) -> None:
    server = serve({"well": 200})
    assert Poller(HEALTH, server.url + "/").results([service("well")], {}) == {"well": OK}
    assert server.asked == ["/health/well"]


def test_whoever_asks_the_registry_a_service_is_asked_once_in_five_seconds(serve: Serve) -> None:
    answers = {"one": 200}
    server = serve(answers)
    now = [100.0]
    check = Poller(HEALTH, server.url, clock=lambda: now[0])
    assert check.results([service("one")], {}) == {"one": OK}
    server.answers = {"one": 503}
    now[0] += 4.9
    assert check.results([service("one")], {}) == {"one": OK}
    assert server.asked == ["/health/one"]
    now[0] += 0.2
    assert check.results([service("one")], {}) == {"one": FAILING}
    assert server.asked == ["/health/one"] * 2


def test_who_is_never_asked(serve: Serve) -> None:
    server = serve({})
    statuses = Poller(HEALTH, server.url).results([service("registry"), service("mute", health=False)], {})
    assert statuses == {"registry": OK, "mute": UNKNOWN}
    assert server.asked == []


def test_without_services_nobody_is_asked(serve: Serve) -> None:
    assert Poller(HEALTH, serve({}).url).results([], {}) == {}


def test_a_gateway_that_refuses_connections_makes_every_service_unreachable(serve: Serve) -> None:
    server = serve({})
    server.shutdown()
    server.server_close()
    assert Poller(HEALTH, server.url).results([service("one"), service("two")], {}) == {
        "one": UNREACHABLE,
        "two": UNREACHABLE,
    }


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1"])
def test_a_gateway_without_a_usable_address_makes_every_service_unreachable(url: str) -> None:
    assert Poller(HEALTH, url).results([service("one")], {}) == {"one": UNREACHABLE}


def test_services_that_hang_are_unreachable_at_the_deadline_and_hold_up_no_other(serve: Serve) -> None:
    # Asked before it, as many as nearly fill what is asked at once.
    hanging = [f"hanging-{number}" for number in range(40)]
    server = serve({"well": 200, **dict.fromkeys(hanging, HANGS)})
    check = Poller(HEALTH, server.url)
    began = time.monotonic()
    statuses = check.results(map(service, [*hanging, "well"]), {})
    assert time.monotonic() - began < 4
    assert statuses == {**dict.fromkeys(hanging, UNREACHABLE), "well": OK}


def test_who_was_not_asked_before_the_deadline_is_asked_first_the_next_time_and_from_then_on(serve: Serve) -> None:
    # Twice as many as are asked at once, and then some: the last ones have not been asked at the deadline.
    hanging = [f"hanging-{number}" for number in range(2 * MAX_PARALLEL + 8)]
    server = serve({"well": 200, **dict.fromkeys(hanging, HANGS)})
    now = [100.0]
    check = Poller(HEALTH, server.url, clock=lambda: now[0])
    services = list(map(service, [*hanging, "well"]))
    assert check.results(services, {})["well"] == UNREACHABLE
    for _ in range(2):
        assert check.results(services, {})["well"] == OK
        now[0] += 5.1


class Dripping(BaseHTTPRequestHandler):
    """Answers with a byte now and then, so that no read ever times out."""

    server: Loopback

    def do_GET(self) -> None:
        """Go on until the test is over."""
        connections.append(self.client_address)
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.server.over.wait(0.2):
            self.wfile.write(b" ")

    def log_message(self, *_: object) -> None:
        """Be silent."""


def test_a_service_that_goes_on_answering_without_end_is_not_asked_again() -> None:
    connections.clear()
    now = [100.0]
    with serving(Loopback(Dripping)) as server:
        check = Poller(HEALTH, server.url, clock=lambda: now[0])
        for _ in range(2):
            assert check.results([service("endless")], {}) == {"endless": UNREACHABLE}
            now[0] += 5.1
    assert len(connections) == 1


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ({}, "ok"),
        ({"registry": OK}, "ok"),
        ({"registry": OK, "a": OK, "b": OK}, "ok"),
        ({"registry": OK, "a": OK, "b": FAILING}, "degraded"),
        ({"registry": OK, "a": OK, "b": UNREACHABLE}, "degraded"),
        ({"registry": OK, "a": OK, "b": UNKNOWN}, "degraded"),
        ({"registry": OK, "a": FAILING, "b": UNREACHABLE}, "failing"),
        ({"registry": OK, "a": FAILING}, "failing"),
        ({"registry": OK, "a": UNKNOWN}, "failing"),
        ({"a": OK, "b": FAILING, "c": FAILING}, "degraded"),
    ],
)
def test_the_system_is_as_its_services_are(statuses: dict[str, HealthStatus], status: str) -> None:
    system = summary(statuses)
    assert (system.status, system.services) == (status, statuses)
