"""The gateway, as one of its own services calls it: one attempt, no redirect, no more bytes than anybody needs."""

import time
from collections.abc import Callable, Mapping

import urllib3

from functions.profile.answers import MAX_BYTES, Answer

CONNECT_SECONDS = 1.0
# Longer than anybody waits, so that whoever waits decides how long.
READ_SECONDS = 5.0
# Sooner than any gateway ends an idle connection: a request that meets that end fails, and none is sent twice.
IDLE_SECONDS = 2.0


class Gateway:
    """Asks through one gateway, on a connection of its own, so that nobody meets what another left on it."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        """Ask through `url`, the gateway's base URL; `clock` tells seconds, those in which a process is frozen too."""
        self._url = url.rstrip("/")
        self._clock = clock
        self._used_at = clock()
        self._http = urllib3.PoolManager(maxsize=1)

    def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        """What GET answers.

        Args:
            path: below the base URL, with a query if there is one.
            headers: to send.

        Raises:
            urllib3.exceptions.HTTPError: there is no HTTP answer.
        """
        if self._clock() - self._used_at > IDLE_SECONDS:
            self._http.clear()
        self._used_at = self._clock()
        answer = self._http.request(
            "GET",
            self._url + path,
            headers=dict(headers),
            # Said with each request: urllib3 1.26, which a runtime may have, does not heed it of a pool.
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            preload_content=False,
            decode_content=False,
        )
        try:
            body = answer.read(MAX_BYTES + 1)
        finally:
            # Ends the connection if there is more; otherwise it is kept for the next call already.
            answer.close()
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(answer.status, media_type, body)
