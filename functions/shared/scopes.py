"""The scope guard: the check that the gateway's authorizer makes, made again in the function, closed by default."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Authorizer

from functions.shared.problems import InsufficientScope, Unauthenticated


class RequiredScope(Authorizer):
    """A route's scope, held where chalice keeps a route's authorizer, so that `app.routes` tells it."""

    def __init__(self, scope: str) -> None:
        """Require `scope`, such as `customers/read`."""
        self.name = "cognito"
        self.scopes = [scope]


def claims(request_context: Mapping[str, Any]) -> Mapping[str, str]:
    """The verified claims that the gateway's JWT authorizer hands over; empty where there was none."""
    authorizer = request_context.get("authorizer") or {}
    jwt = authorizer.get("jwt") or {}
    return jwt.get("claims") or {}


def require(scopes: list[str], granted: Mapping[str, str]) -> None:
    """Let a caller pass that has one of the scopes.

    Args:
        scopes: any one of them suffices, as in API Gateway.
        granted: the caller's claims; `scope` is a space-separated list (RFC 8693, section 4.2).

    Raises:
        Unauthenticated: there are no claims, so nobody verified a token.
        InsufficientScope: the token has none of the scopes.
    """
    if not granted.get("client_id"):
        raise Unauthenticated(
            "Send an access token in the header Authorization: Bearer.", headers={"WWW-Authenticate": "Bearer"}
        )
    if not set(scopes) & set(granted.get("scope", "").split()):
        needed = " ".join(scopes)
        raise InsufficientScope(
            f"This route needs a token with the scope {needed}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
        )
