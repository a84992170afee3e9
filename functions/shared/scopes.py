"""The scope guard: the check that the gateway's authorizer makes, made again in the function, closed by default."""

import json
import os
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
    return jwt.get("claims") or _sam_local_claims()


def _sam_local_claims() -> Mapping[str, str]:
    """What DOSSIER_SAM_LOCAL_CLAIMS says (JSON) under `sam local`, which runs no JWT authorizer; empty elsewhere.

    Only SAM CLI sets AWS_SAM_LOCAL. Should somebody set it on a deployed function, the version still closes the door: a
    deployed function is called through its alias, so never as $LATEST, and Lambda lets nobody set this variable.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    if os.environ.get("AWS_SAM_LOCAL") != "true" or os.environ.get("AWS_LAMBDA_FUNCTION_VERSION") != "$LATEST":
        return {}
    claims_set: dict[str, str] = json.loads(os.environ.get("DOSSIER_SAM_LOCAL_CLAIMS") or "{}")
    return claims_set


def of_public_routes() -> str:
    """The scope that what may be public takes in this deployment; empty where it is open to everybody.

    Environment:
        PUBLIC_SCOPE: the scope, such as `registry/read`.
    """
    return os.environ.get("PUBLIC_SCOPE", "")


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
            f"Send a token with the scope {needed}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
        )
