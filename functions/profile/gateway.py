"""Requests of a service to its own gateway: one attempt, no redirects, bodies of limited size."""

import time
from collections.abc import Callable, Mapping

import urllib3

from functions.profile.responses import MAX_BYTES, Response

CONNECT_SECONDS = 1.0
# Longer than a profile's deadline, which decides.
READ_SECONDS = 5.0
# Shorter than a gateway keeps an idle connection. A request on a closed one fails, and none is sent twice.
IDLE_SECONDS = 2.0


class Gateway:
    """A gateway with its own connection."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        """Use the gateway's base URL `url`. `clock` returns seconds, including those of a frozen process."""
        self._url = url.rstrip("/")
        self._clock = clock
        self._used_at = clock()
        self._http = urllib3.PoolManager(maxsize=1)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """Send a GET request and return the response.

        Args:
            path: below the base URL, with the query, if any.
            headers: of the request.

        Raises:
            urllib3.exceptions.HTTPError: no HTTP response arrived.
        """
        if self._clock() - self._used_at > IDLE_SECONDS:
            self._http.clear()
        self._used_at = self._clock()
        response = self._http.request(
            "GET",
            self._url + path,
            headers=dict(headers),
            # urllib3 1.26, which a runtime may have, ignores these settings of a pool.
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            preload_content=False,
            decode_content=False,
        )
        try:
            body = response.read(MAX_BYTES + 1)
        finally:
            # Closes the connection only if the body has unread bytes.
            response.close()
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Response(response.status, media_type, body)
