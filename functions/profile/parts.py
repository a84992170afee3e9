"""Asks for the parts of a profile, in parallel, through the gateway, within one deadline."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

import urllib3

from functions.profile.answers import part
from functions.profile.directory import Directory
from functions.profile.gateway import Gateway
from functions.profile.models import Profile, ProfilePart, ProfilePartStatus
from functions.shared import scopes

DEADLINE_SECONDS = 4.0


@dataclass(frozen=True)
class Source:
    """The route that a part comes from.

    Attributes:
        path: of the GET route, as the route table has it.
        takes_purpose: whether it asks for what the profile is read.
        masks: whether its service never answers a social security number in full.
    """

    path: str
    takes_purpose: bool = False
    masks: bool = False

    def url(self, customer_id: str, purpose: str) -> str:
        """What to ask for, below the gateway's URL."""
        query = "?" + urlencode({"purpose": purpose}) if self.takes_purpose else ""
        return self.path.format(customer_id=customer_id) + query


SOURCES = {
    "customer": Source("/v1/customers/{customer_id}"),
    "credit": Source("/v1/credit/{customer_id}/score", takes_purpose=True),
    "ssn": Source("/v1/ssn/{customer_id}", masks=True),
}


class Profiles:
    """Composes profiles."""

    def __init__(self, gateway_url: str, seconds: float = DEADLINE_SECONDS) -> None:
        """Ask through the gateway at `gateway_url`; every profile is there after `seconds`."""
        self._gateways = {name: Gateway(gateway_url) for name in SOURCES}
        self._directory = Directory(Gateway(gateway_url))
        self._seconds = seconds

    def read(self, customer_id: str, purpose: str, headers: Mapping[str, str]) -> Profile:
        """What each service says of a customer by the deadline.

        Args:
            customer_id: well-formed, as it becomes part of paths.
            purpose: for what it is read.
            headers: the caller's own, sent with each question.
        """
        ends_at = time.monotonic() + self._seconds
        # Workers of this request alone: those who wait for one that hangs are not missing in the next.
        workers = ThreadPoolExecutor(len(SOURCES) + 1)
        try:
            # The registry takes a token only where nothing is public.
            self._directory.renew(workers, headers if scopes.of_public_routes() else {})
            asked = {
                name: workers.submit(_ask, self._gateways[name], source, source.url(customer_id, purpose), headers)
                for name, source in SOURCES.items()
                if not self._directory.lacks(f"GET {source.path}")
            }
            wait(asked.values(), timeout=ends_at - time.monotonic())
        finally:
            workers.shutdown(wait=False, cancel_futures=True)
        return Profile(customer_id=customer_id, **{name: _outcome(asked.get(name)) for name in SOURCES})


def _ask(gateway: Gateway, source: Source, url: str, headers: Mapping[str, str]) -> ProfilePart:
    try:
        answer = gateway.get(url, headers)
    except urllib3.exceptions.HTTPError:
        return ProfilePart(status=ProfilePartStatus.UNAVAILABLE)
    return part(answer, masks=source.masks)


def _outcome(asked: Future[ProfilePart] | None) -> ProfilePart:
    if asked is None:
        return ProfilePart(status=ProfilePartStatus.NOT_REGISTERED)
    return asked.result() if asked.done() else ProfilePart(status=ProfilePartStatus.TIMEOUT)


@cache
def get_profiles() -> Profiles:
    """Profiles through the gateway that GATEWAY_URL names."""
    return Profiles(os.environ["GATEWAY_URL"])
