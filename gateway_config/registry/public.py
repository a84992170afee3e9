"""What may be asked without a token: it carries no personal data. Deployment and registry go by this one rule."""

import re

_PUBLIC = re.compile(r"GET /(|services(/\{\w+\})?|openapi\.json|openapi/[\w-]+|docs(/.*)?|health(/[\w-]+)?)", re.ASCII)


def may_be_public(route_key: str) -> bool:
    """Whether a route, such as `GET /services/{name}`, may do without a scope."""
    return _PUBLIC.fullmatch(route_key) is not None
