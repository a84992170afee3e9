"""The scope guard. The function repeats the check of the gateway's authorizer and refuses by default."""

import json
import os
from collections.abc import Mapping
from typing import Any

from chalice.app import Authorizer

from functions.shared.plain.problems import InsufficientScope, Unauthenticated


class RequiredScope(Authorizer):
    """A route's scope in the form of a chalice authorizer, so that `app.routes` contains it."""

    def __init__(self, scope: str) -> None:
        """Require `scope`, such as `customers/read`."""
        self.name = "cognito"
        self.scopes = [scope]


def claims(request_context: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the claims that the gateway's JWT authorizer verified; empty without one."""
    authorizer = request_context.get("authorizer") or {}
    jwt = authorizer.get("jwt") or {}
    return jwt.get("claims") or _sam_local_claims()


def _sam_local_claims() -> Mapping[str, str]:
    """Return the claims in DOSSIER_SAM_LOCAL_CLAIMS (JSON) under `sam local`, which has no JWT authorizer.

    Only SAM CLI sets AWS_SAM_LOCAL. A deployed function ignores it too: it is called through its alias, never as
    $LATEST, and Lambda reserves the variable with the version.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    if os.environ.get("AWS_SAM_LOCAL") != "true" or os.environ.get("AWS_LAMBDA_FUNCTION_VERSION") != "$LATEST":
        return {}
    claims_set: dict[str, str] = json.loads(os.environ.get("DOSSIER_SAM_LOCAL_CLAIMS") or "{}")
    return claims_set


def of_public_routes() -> str:
    """Return the scope that public routes need in this deployment; empty if they need none.

    Environment:
        PUBLIC_SCOPE: the scope, such as `registry/read`.
    """
    return os.environ.get("PUBLIC_SCOPE", "")


def require(scopes: list[str], granted: Mapping[str, str]) -> None:
    """Require one of the scopes.

    Args:
        scopes: scopes, of which the caller needs one, as in API Gateway.
        granted: the caller's claims. `scope` is a space-separated list (RFC 8693, section 4.2).

    Raises:
        Unauthenticated: there are no claims, so no token was verified.
        InsufficientScope: the token has none of the scopes.
    """
    if not granted.get("client_id"):
        raise Unauthenticated(
            "Send an access token in the header Authorization: Bearer.", headers={"WWW-Authenticate": "Bearer"}
        )
    if not set(scopes) & set(granted.get("scope", "").split()):
        needed = " ".join(scopes)
        raise InsufficientScope(
            f"Send a token with the scope {needed}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
        )
