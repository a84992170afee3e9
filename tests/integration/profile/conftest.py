"""The Profile Service, called as the gateway calls it, and a gateway for it to call."""

from collections.abc import Iterator

import pytest

from functions.profile.app import handler
from functions.profile.parts import get_profiles
from tests.integration.profile.services import Services, answers, registers
from tests.support.gateway import Gateway
from tests.support.loopback import serving

CUSTOMER_ID = "cus_01JADA00000000000000000000"
CUSTOMER = {"id": CUSTOMER_ID, "given_name": "Ada"}
SCORE = {"score": 712, "band": "good"}
SSN = {"masked": "***-**-4320", "kind": "ssn"}


@pytest.fixture
def services() -> Iterator[Services]:
    """The services, all well and registered."""
    well = {"customer": answers(200, CUSTOMER), "credit": answers(200, SCORE), "ssn": answers(200, SSN)}
    with serving(Services({"registry": registers("customer", "credit", "ssn"), **well})) as server:
        yield server


@pytest.fixture
def profile(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The Profile Service behind that gateway, for a client that may read profiles."""
    monkeypatch.setenv("GATEWAY_URL", services.url + "/")
    forget()
    yield Gateway(handler, scope="profiles/read")
    forget()


def forget() -> None:
    """Make the service start anew."""
    get_profiles.cache_clear()
