"""A part that fails, in whatever way, leaves the others as they are."""

import zlib

import pytest

from functions.profile.models import Profile
from functions.profile.parts import SOURCES, Profiles
from functions.profile.responses import MAX_BYTES
from tests.integration.profile.conftest import CUSTOMER_ID
from tests.integration.profile.services import Behaviour, Services, answers, hangs, refuses, registers, says, trickles

# Long enough for a service that is well, on a busy machine too.
SECONDS = 1.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SQUEEZED = zlib.compress(b"{}" + b" " * 1_000_000, wbits=31)

BEHAVIOURS: dict[str, tuple[Behaviour, str]] = {
    "hangs up": (says(b""), "unavailable"),
    "says no HTTP": (says(b"\x00\xff garbage \r\n\r\n"), "unavailable"),
    "ends in its headers": (says(b"HTTP/1.1 200 OK\r\nContent-Ty"), "invalid_answer"),
    "ends in its body": (says(HEAD + b'Content-Length: 100\r\n\r\n{"id": '), "invalid_answer"),
    "garbles its chunks": (says(HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n"), "unavailable"),
    "says no JSON": (says(HEAD + b"Content-Length: 6\r\n\r\n<html>"), "invalid_answer"),
    "says too much": (answers(200, {"more": "x" * MAX_BYTES}), "invalid_answer"),
    "never ends": (says(HEAD + b"\r\n" + b"[" * 2 * MAX_BYTES), "invalid_answer"),
    "squeezes": (says(HEAD + b"Content-Encoding: gzip\r\n\r\n" + SQUEEZED), "invalid_answer"),
    "says a list": (answers(200, []), "invalid_answer"),
    "says something else": (answers(200, {}, "text/html"), "invalid_answer"),
    "sends elsewhere": (answers(302, {}, Location="/services"), "invalid_answer"),
    "crashes": (answers(500, {"message": "Internal Server Error"}), "unavailable"),
    "is overloaded": (refuses(503, "dependency_unavailable"), "unavailable"),
    "throttles": (answers(429, {"message": "Too Many Requests"}), "throttled"),
    "forbids": (answers(403, {"message": "Forbidden"}), "forbidden"),
    "knows nobody": (refuses(404, "customer_not_found"), "not_found"),
    "has erased": (refuses(410, "customer_erased"), "erased"),
    "is frozen": (refuses(423, "file_frozen"), "frozen"),
    "is gone": (answers(404, {"message": "Not Found"}), "not_registered"),
}


@pytest.fixture
def profiles(services: Services) -> Profiles:
    """Profiles with little patience."""
    return Profiles(services.url, seconds=SECONDS)


def statuses(profile: Profile) -> dict[str, str]:
    """The status of each part."""
    return {name: getattr(profile, name).status for name in SOURCES}


def read(profiles: Profiles) -> Profile:
    """Read a profile."""
    return profiles.read(CUSTOMER_ID, "account_review", {"authorization": "Bearer a.b.c"})


@pytest.mark.parametrize("failing", SOURCES)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_one_part_fails_and_the_others_are_there(
    services: Services, profiles: Profiles, failing: str, behaviour: str
) -> None:
    services.behaviours[failing], expected = BEHAVIOURS[behaviour]
    profile = read(profiles)
    assert statuses(profile) == {**dict.fromkeys(SOURCES, "ok"), failing: expected}
    assert getattr(profile, failing).data is None


@pytest.mark.parametrize("well", SOURCES)
@pytest.mark.parametrize("behaviour", ["says no HTTP", "is gone"])
def test_two_parts_fail_and_the_third_is_there(
    services: Services, profiles: Profiles, well: str, behaviour: str
) -> None:
    failing, expected = BEHAVIOURS[behaviour]
    services.behaviours |= {name: failing for name in SOURCES if name != well}
    assert statuses(read(profiles)) == {**dict.fromkeys(SOURCES, expected), well: "ok"}


@pytest.mark.parametrize("behaviour", [hangs, trickles])
def test_who_does_not_answer_by_the_deadline_leaves_the_others_as_they_are(
    services: Services, profiles: Profiles, behaviour: Behaviour
) -> None:
    services.behaviours |= {"customer": behaviour, "credit": behaviour}
    assert statuses(read(profiles)) == {"customer": "timeout", "credit": "timeout", "ssn": "ok"}


def test_who_waits_for_one_that_hangs_is_not_missing_in_the_next_profile(
    services: Services, profiles: Profiles
) -> None:
    services.behaviours["ssn"] = trickles
    for _ in range(2):
        assert statuses(read(profiles)) == {"customer": "ok", "credit": "ok", "ssn": "timeout"}


def test_no_redirect_is_followed_with_the_callers_token(services: Services, profiles: Profiles) -> None:
    services.behaviours["ssn"] = answers(307, {}, Location=f"{services.url}/elsewhere")
    read(profiles)
    assert not [path for path, _ in services.asked if "elsewhere" in path]


def test_nobody_is_asked_twice(services: Services, profiles: Profiles) -> None:
    services.behaviours |= dict.fromkeys(SOURCES, says(b""))
    read(profiles)
    assert len([path for path, _ in services.asked if path != "/services"]) == len(SOURCES)


def test_a_gateway_that_is_gone_leaves_a_profile_of_nothing(services: Services, profiles: Profiles) -> None:
    services.shutdown()
    services.server_close()
    assert statuses(read(profiles)) == dict.fromkeys(SOURCES, "unavailable")


def test_who_is_not_registered_is_not_asked(services: Services, profiles: Profiles) -> None:
    services.behaviours["registry"] = registers("customer", "ssn")
    assert statuses(read(profiles)) == {"customer": "ok", "credit": "not_registered", "ssn": "ok"}
    assert not [path for path, _ in services.asked if "credit" in path]
