"""The system under test, and the tokens to call it with."""

import base64
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.places import LACKS, OF_THE_CALL

# RFC 7515, section 7.1: three base64url parts.
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class NoToken(Exception):
    """A token source gave no token."""


@dataclass(frozen=True)
class Target:
    """A deployed system.

    Attributes:
        url: base URL of the gateway; it may have a path.
        place: what runs it, a key of `places.LACKS`.
        token: a bearer token, or a command that prints one for the scopes in the environment variable SCOPES.
        other_token: the same for another client.
        origin: of a browser application that may call the gateway.
        home: of the suite's own local cloud; None for a given system.
    """

    url: str
    place: str
    token: str | None
    other_token: str | None = None
    origin: str = "https://localhost:3000"
    home: Path | None = None

    def lacks(self) -> dict[str, str]:
        """The capabilities that are missing here, with the reason."""
        lacks = dict(LACKS[self.place])
        if self.token is None or is_token(self.token):
            lacks["token_source"] = OF_THE_CALL["token_source"]
        if self.other_token is None:
            lacks["second_client"] = OF_THE_CALL["second_client"]
        if self.home is None:
            lacks["own_cloud"] = OF_THE_CALL["own_cloud"]
        return lacks


@dataclass
class Tokens:
    """Tokens of one client, fetched when first asked for and kept, one for each set of scopes."""

    source: str | None
    _kept: dict[str, str] = field(default_factory=dict)

    def headers(self, scopes: str) -> dict[str, str]:
        """What a request carries to be allowed `scopes` (separated by spaces); nothing where there is no source."""
        if self.source is None:
            return {}
        return {"Authorization": f"Bearer {self.token(scopes)}"}

    def token(self, scopes: str) -> str:
        """A token with exactly these scopes; the given one where the source is a token."""
        if self.source is None:
            raise NoToken("give --token")
        if is_token(self.source):
            return self.source
        wanted = " ".join(sorted(scopes.split()))
        if wanted not in self._kept:
            self._kept[wanted] = _printed(self.source, wanted)
        return self._kept[wanted]


def is_token(source: str) -> bool:
    """Whether a token source is a token itself (a JWT)."""
    return _JWT.fullmatch(source) is not None


def claims(token: str) -> dict[str, Any]:
    """What a JWT claims, unverified."""
    payload = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


def part(content: dict[str, Any]) -> str:
    """A JWT's header or payload, encoded."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _printed(command: str, scopes: str) -> str:
    # A shell command by contract, typed by whoever runs the suite.
    run = subprocess.run(  # noqa: S602
        command, shell=True, env={**os.environ, "SCOPES": scopes}, capture_output=True, encoding="utf-8", check=False
    )
    token = run.stdout.strip()
    if run.returncode or not is_token(token):
        # Not what it printed on stdout: that may hold a token.
        raise NoToken(f"the token source printed no token for {scopes!r} (exit {run.returncode}): {run.stderr}")
    return token
