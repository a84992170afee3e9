"""The OpenAPI document of all registered services, merged from the services' own documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from gateway_config.registry.components import merged_components, new_references, rewritten, used
from gateway_config.registry.documents import DocumentResult, Unavailable
from gateway_config.registry.models import RegisteredService
from gateway_config.registry.operations import identify, operations, selected
from gateway_config.registry.shapes import Document, Object

_CHECKED = "The gateway checks its signature, issuer, audience, expiry and scope (RFC8725)."
_DESCRIPTION = "All operations that the gateway serves now. Each service describes its own operations."


@dataclass(frozen=True)
class About:
    """Values of the merged document that do not come from the route table or a service.

    Attributes:
        version: version of the registry.
        token_url: URL at which clients exchange their credentials for a token.
        gateway_url: absolute base URL of the gateway, without a final slash.
    """

    version: str
    token_url: str
    gateway_url: str


def merged(services: Sequence[RegisteredService], documents: Mapping[str, DocumentResult], about: About) -> Object:
    """Return the merged document.

    Args:
        services: services of the route table.
        documents: each service's document by the service's name, or the reason why it is unavailable.
        about: further values.
    """
    described = {name: document for name, document in documents.items() if isinstance(document, Document)}
    unavailable = [(name, result.reason) for name, result in documents.items() if isinstance(result, Unavailable)]
    candidates = chain.from_iterable(operations(service, described.get(service.name)) for service in services)
    chosen, hidden = selected(candidates)
    unavailable += hidden
    components = {
        name: used([operation.content for operation in chosen.values() if operation.service == name], definitions)
        for name, definitions in ((name, document.definitions()) for name, document in described.items())
    }
    renamed = new_references(components)
    paths: dict[str, Object] = {}
    for (path, method), operation in chosen.items():
        paths.setdefault(path, {})[method] = rewritten(operation.content, renamed.get(operation.service, {}))
    identify(paths)
    schemes = security_schemes(services, described, about)
    return {
        "openapi": "3.1.0",
        "info": info(about, unavailable),
        "servers": [{"url": about.gateway_url, "description": "The gateway", "x-internal": False}],
        "tags": [tag(service, described.get(service.name)) for service in services],
        "paths": dict(paths),
        "components": {**merged_components(components, renamed), "securitySchemes": schemes},
        "x-unavailable": [{"service": name, "reason": reason} for name, reason in unavailable],
    }


def info(about: About, unavailable: Sequence[tuple[str, str]]) -> Object:
    """Return the Info Object. Its description contains `x-unavailable` for readers."""
    missing = "".join(f"\n- {name}: {reason}" for name, reason in unavailable)
    return {
        "title": "Dossier",
        "version": about.version,
        "description": _DESCRIPTION + (f"\n\nMissing descriptions:\n{missing}" if missing else ""),
        "contact": {"name": "Dossier platform"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def tag(service: RegisteredService, document: Document | None) -> Object:
    """Return the Tag Object of a service."""
    return {"name": service.name, "description": (document and document.info.description) or f"Owner: {service.owner}"}


def security_schemes(services: Sequence[RegisteredService], described: Mapping[str, Document], about: About) -> Object:
    """Return the two ways to authorise: with a client's credentials, or with a token."""
    texts = {name: text for document in described.values() for name, text in document.scopes().items()}
    scopes = sorted({scope for service in services for route in service.routes for scope in route.scopes})
    flow: Object = {"tokenUrl": about.token_url, "scopes": {scope: texts.get(scope, "") for scope in scopes}}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": f"A JWT that the token endpoint returns for a client's id and secret. {_CHECKED}",
            "flows": {"clientCredentials": flow},
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"A JWT that you already have. {_CHECKED}",
        },
    }
