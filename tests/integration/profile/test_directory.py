"""What the registry said last, and what becomes of a profile when it says nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.profile.directory import Directory
from functions.profile.gateway import Gateway
from functions.profile.parts import SOURCES, Profiles
from tests.integration.profile.conftest import CUSTOMER_ID
from tests.integration.profile.services import Behaviour, Services, answers, hangs, registers, says
from tests.support.logs import LogText

CUSTOMER = "GET /v1/customers/{customer_id}"
CREDIT = "GET /v1/credit/{customer_id}/score"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        """Begin at a time of no meaning."""
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """The directory's clock."""
    return Clock()


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    """Who asks the registry."""
    with ThreadPoolExecutor(1) as workers:
        yield workers


@pytest.fixture
def directory(services: Services, clock: Clock) -> Directory:
    """A directory that knows nothing yet."""
    return Directory(Gateway(services.url), clock)


def asked(services: Services) -> int:
    """How often the registry was asked."""
    return [path for path, _ in services.asked].count("/services")


def test_nothing_is_known_to_be_missing_before_the_registry_said_so(directory: Directory) -> None:
    assert not directory.lacks(CUSTOMER)


def test_the_first_answer_is_waited_for(directory: Directory, services: Services, workers: ThreadPoolExecutor) -> None:
    services.behaviours["registry"] = registers("customer")
    directory.renew(workers, {})
    assert (directory.lacks(CUSTOMER), directory.lacks(CREDIT)) == (False, True)


def test_the_names_of_parameters_do_not_matter(
    directory: Directory, services: Services, workers: ThreadPoolExecutor
) -> None:
    routes = [{"method": "GET", "path": "/v1/customers/{id}", "scopes": [], "colour": "red"}]
    services.behaviours["registry"] = answers(200, {"items": [{"name": "another", "routes": routes}]})
    directory.renew(workers, {})
    assert not directory.lacks(CUSTOMER)
    assert directory.lacks(CUSTOMER.replace("GET", "PUT"))


def test_an_answer_is_kept_for_five_seconds_and_then_renewed(
    directory: Directory, services: Services, workers: ThreadPoolExecutor, clock: Clock
) -> None:
    directory.renew(workers, {})
    services.behaviours["registry"] = registers("customer")
    clock.seconds += 5
    directory.renew(workers, {})
    assert (asked(services), directory.lacks(CREDIT)) == (1, False)
    clock.seconds += 0.1
    directory.renew(workers, {})
    workers.shutdown()
    assert (asked(services), directory.lacks(CREDIT)) == (2, True)


@pytest.mark.parametrize(
    "behaviour",
    [
        says(b""),
        answers(503, {"message": "Service Unavailable"}),
        answers(200, {"items": "all of them"}),
        answers(200, []),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{"),
    ],
)
def test_what_a_registry_said_long_ago_takes_nothing_away_though_it_says_nothing_usable_now(
    directory: Directory, services: Services, workers: ThreadPoolExecutor, clock: Clock, behaviour: Behaviour
) -> None:
    services.behaviours["registry"] = registers("customer")
    directory.renew(workers, {})
    assert (directory.lacks(CUSTOMER), directory.lacks(CREDIT)) == (False, True)
    services.behaviours["registry"] = behaviour
    clock.seconds += 60
    directory.renew(workers, {})
    workers.shutdown()
    assert (directory.lacks(CUSTOMER), directory.lacks(CREDIT)) == (False, False)


def test_a_service_that_came_back_is_asked_before_the_registry_has_said_so(
    directory: Directory, services: Services, workers: ThreadPoolExecutor, clock: Clock
) -> None:
    services.behaviours["registry"] = registers("customer")
    directory.renew(workers, {})
    services.behaviours["registry"] = hangs
    clock.seconds += 5.1
    directory.renew(workers, {})
    assert not directory.lacks(CREDIT)


def test_a_registry_that_says_nothing_usable_is_logged_and_not_asked_again_at_once(
    directory: Directory, services: Services, workers: ThreadPoolExecutor, log_text: LogText
) -> None:
    services.behaviours["registry"] = answers(503, {})
    directory.renew(workers, {})
    directory.renew(workers, {})
    assert asked(services) == 1
    [line] = log_text.lines
    assert (line["level"], line["error"]) == ("WARNING", "503")


@pytest.mark.parametrize("behaviour", [hangs, says(b"")])
def test_without_a_registry_the_gateway_says_itself_what_it_lacks(services: Services, behaviour: Behaviour) -> None:
    services.behaviours["registry"] = behaviour
    del services.behaviours["credit"]
    profile = Profiles(services.url).read(CUSTOMER_ID, "account_review", {})
    statuses = {name: getattr(profile, name).status for name in SOURCES}
    assert statuses == {"customer": "ok", "credit": "not_registered", "ssn": "ok"}
