"""Guard of the unit tests: a test that uses moto, a socket or a subprocess fails."""

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import pytest

_REFUSED = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen",
    "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto",
}  # fmt: skip
_guarding = Event()


def _refuse(use: str) -> NoReturn:
    pytest.fail(f"A unit test uses {use}. Move the test to tests/integration.")


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guarding.is_set():
        return
    if event in _REFUSED:
        _refuse(event)
    if event == "import" and arguments[0].partition(".")[0] == "moto":
        _refuse("moto")


# Audit hooks see every caller, including C extensions. They cannot be removed.
sys.addaudithook(_audit)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Guard a unit test with all its fixtures, including those of its module."""
    # pytest calls this hook for the tests of all folders.
    if Path(__file__).parent not in item.path.parents:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        if "moto.core.models" in sys.modules:
            patch.setattr("moto.core.models.MockAWS.start", lambda *_, **__: _refuse("moto"))
        _guarding.set()
        try:
            return (yield)
        finally:
            _guarding.clear()
