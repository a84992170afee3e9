"""Routes that may be public, because they contain no personal data. Deployments and the registry use this rule."""

import re

_PUBLIC = re.compile(r"GET /(|services(/\{\w+\})?|openapi\.json|openapi/[\w-]+|docs(/.*)?|health(/[\w-]+)?)", re.ASCII)


def may_be_public(route_key: str) -> bool:
    """Return whether a route, such as `GET /services/{name}`, needs no scope."""
    return _PUBLIC.fullmatch(route_key) is not None
