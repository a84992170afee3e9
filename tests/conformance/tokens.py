"""Tokens of every kind that a gateway must refuse, and a good one."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.e2e.target import Target, Tokens, claims, is_token, part

SCOPES = "customers/read customers/write profiles/read"


class CannotSign(Exception):
    """A token that only the user pool could sign, and its key is not to be had."""


@dataclass
class Forger:
    """Makes tokens for a system; without a token source, as if from a user pool that does not exist."""

    target: Target

    def token(self, kind: str) -> str | None:
        """A token of a kind; None for the good one of a system that gives none.

        Raises:
            CannotSign: only the user pool could.
        """
        return KINDS[kind](self)

    @cached_property
    def good(self) -> str | None:
        """What the system's own source gives."""
        return None if self.target.token is None else Tokens(self.target.token).token(SCOPES)

    @cached_property
    def claims(self) -> dict[str, Any]:
        """The claims of a good token."""
        if self.good is not None:
            return claims(self.good)
        issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_nobody"
        return {"iss": issuer, "client_id": "nobody", "scope": SCOPES, "exp": time.time() + 3600}

    @cached_property
    def header(self) -> dict[str, Any]:
        """The header of a good token."""
        if self.good is None:
            return {"alg": "RS256", "kid": "nobody"}
        first = self.good.split(".")[0]
        read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        return read

    @cached_property
    def own_key(self) -> rsa.RSAPrivateKey:
        """A key of the forger's."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def pools_key(self) -> rsa.RSAPrivateKey:
        """The key that the user pool signs with; ministack keeps it in its state.

        Raises:
            CannotSign: the system is not the suite's own.
        """
        if self.target.home is None:
            raise CannotSign("only the user pool can sign such a token")
        pool = self.claims["iss"].rpartition("/")[2]
        pem = self.target.home / "state" / "cognito-pool-keys" / f"{pool}-access.pem"
        key = load_pem_private_key(pem.read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return key

    def signed_by_the_pool(self, **changes: Any) -> str:
        """A token with these claims that the user pool might have issued."""
        return signed(self.header, {**self.claims, **changes}, self.pools_key)

    def changed(self) -> str:
        """The good token's header and signature round another payload."""
        if self.good is None:
            raise CannotSign("there is no token here to change")
        header, _, signature = self.good.split(".")
        return f"{header}.{part({**self.claims, 'scope': SCOPES + ' everything/else'})}.{signature}"

    def without_the_scope(self) -> str:
        """A good token for something else."""
        if self.target.token is None or is_token(self.target.token):
            raise CannotSign("there is no token here with fewer scopes")
        return Tokens(self.target.token).token("customers/erase")

    def signed_with_hs256(self) -> str:
        """A token whose secret is the public key that a verifier holds: it must not take the token's word for it."""
        pem = self.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        content = f"{part({**self.header, 'alg': 'HS256'})}.{part(self.claims)}"
        return f"{content}.{encoded(hmac.digest(pem, content.encode(), hashlib.sha256))}"

    def public_key(self) -> rsa.RSAPublicKey:
        """The key that the good token is verified with, as the user pool publishes it; any other without one."""
        if self.good is None:
            return self.own_key.public_key()
        published = httpx.get(self.jwks_url(), timeout=20, trust_env=False).json()["keys"]
        [jwk] = [key for key in published if key["kid"] == self.header["kid"]]
        return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()

    def jwks_url(self) -> str:
        """Where the user pool publishes its keys; a local cloud serves it on its own address."""
        issuer = urlsplit(self.claims["iss"])
        local = urlsplit(self.target.url)
        base = f"{local.scheme}://{local.netloc}" if self.target.place == "ministack" else f"https://{issuer.netloc}"
        return f"{base}{issuer.path}/.well-known/jwks.json"


def signed(header: dict[str, Any], payload: dict[str, Any], key: rsa.RSAPrivateKey) -> str:
    """A JWT signed with RS256 (RFC 7518, section 3.3)."""
    content = f"{part(header)}.{part(payload)}"
    return f"{content}.{encoded(key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def encoded(content: bytes) -> str:
    """Base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def number(text: str) -> int:
    """What a JWK has as base64url."""
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _later(seconds: float) -> int:
    return int(time.time() + seconds)


KINDS: dict[str, Callable[[Forger], str | None]] = {
    "good": lambda forger: forger.good,
    "garbled": lambda _: "garbled",
    "expired": lambda forger: forger.signed_by_the_pool(exp=_later(-60)),
    "not yet valid": lambda forger: forger.signed_by_the_pool(nbf=_later(600)),
    "issued later": lambda forger: forger.signed_by_the_pool(iat=_later(600)),
    "of another issuer": lambda forger: forger.signed_by_the_pool(iss=forger.claims["iss"] + "x"),
    "of another client": lambda forger: forger.signed_by_the_pool(client_id="another"),
    "without the scope": lambda forger: forger.without_the_scope(),
    "foreign": lambda forger: signed({"alg": "RS256", "kid": "foreign"}, forger.claims, forger.own_key),
    "changed": lambda forger: forger.changed(),
    "unsigned": lambda forger: f"{part({**forger.header, 'alg': 'none'})}.{part(forger.claims)}.",
    "signed with HS256": lambda forger: forger.signed_with_hs256(),
}
