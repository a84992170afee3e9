"""Parts of a profile, requested in parallel through the gateway, with one deadline."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

import urllib3

from functions.profile.directory import Directory
from functions.profile.gateway import Gateway
from functions.profile.models import Profile, ProfilePart, ProfilePartStatus
from functions.profile.responses import part
from functions.shared.requests import scopes

DEADLINE_SECONDS = 4.0


@dataclass(frozen=True)
class Source:
    """The route of a part.

    Attributes:
        path: of the GET route, as in the route table.
        takes_purpose: whether the route has the query parameter `purpose`.
        masks: whether the service always masks social security numbers.
    """

    path: str
    takes_purpose: bool = False
    masks: bool = False

    def url(self, customer_id: str, purpose: str) -> str:
        """Return the path and query below the gateway's URL."""
        query = "?" + urlencode({"purpose": purpose}) if self.takes_purpose else ""
        return self.path.format(customer_id=customer_id) + query


SOURCES = {
    "customer": Source("/v1/customers/{customer_id}"),
    "credit": Source("/v1/credit/{customer_id}/score", takes_purpose=True),
    "ssn": Source("/v1/ssn/{customer_id}", masks=True),
}


class Profiles:
    """Profiles from the services behind one gateway."""

    def __init__(self, gateway_url: str, seconds: float = DEADLINE_SECONDS) -> None:
        """Use the gateway at `gateway_url`. A profile takes at most `seconds`."""
        self._gateways = {name: Gateway(gateway_url) for name in SOURCES}
        self._directory = Directory(Gateway(gateway_url))
        self._seconds = seconds

    def read(self, customer_id: str, purpose: str, headers: Mapping[str, str]) -> Profile:
        """Return the profile of a customer with the parts that arrive before the deadline.

        Args:
            customer_id: well-formed, because it becomes part of paths.
            purpose: permissible purpose.
            headers: of the caller, for each request.
        """
        ends_at = time.monotonic() + self._seconds
        # Each request has its own workers: one that waits for a slow service is not missing in the next request.
        workers = ThreadPoolExecutor(len(SOURCES) + 1)
        try:
            # The registry needs a token only if nothing is public.
            self._directory.renew(workers, headers if scopes.of_public_routes() else {})
            requests = {
                name: workers.submit(_request, self._gateways[name], source, source.url(customer_id, purpose), headers)
                for name, source in SOURCES.items()
                if not self._directory.lacks(f"GET {source.path}")
            }
            wait(requests.values(), timeout=ends_at - time.monotonic())
        finally:
            workers.shutdown(wait=False, cancel_futures=True)
        return Profile(customer_id=customer_id, **{name: _outcome(requests.get(name)) for name in SOURCES})


def _request(gateway: Gateway, source: Source, url: str, headers: Mapping[str, str]) -> ProfilePart:
    try:
        response = gateway.get(url, headers)
    except urllib3.exceptions.HTTPError:
        return ProfilePart(status=ProfilePartStatus.UNAVAILABLE)
    return part(response, masks=source.masks)


def _outcome(request: Future[ProfilePart] | None) -> ProfilePart:
    if request is None:
        return ProfilePart(status=ProfilePartStatus.NOT_REGISTERED)
    return request.result() if request.done() else ProfilePart(status=ProfilePartStatus.TIMEOUT)


@cache
def get_profiles() -> Profiles:
    """Return the profiles behind the gateway GATEWAY_URL."""
    return Profiles(os.environ["GATEWAY_URL"])
