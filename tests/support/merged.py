"""The merged OpenAPI document of the services in this repository, made from their templates and documents."""

import json
from pathlib import Path
from typing import Any

from gateway_config.registry.documents import parsed
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.openapi import About, merged
from infra.templates import ROOT
from tests.support.routes import declared
from tests.support.templates import Template, service_templates

ABOUT = About("1.0.0", "https://auth.example.com/oauth2/token", "https://api.example.com")
EXAMPLES = sorted(ROOT.glob("examples/*/template.yaml"))


def merged_document(templates: list[Path] | None = None) -> dict[str, Any]:
    """Return what GET /openapi.json answers where these templates are deployed; all of ours by default."""
    services, documents = [], {}
    for template in map(Template.read, templates or [*service_templates(), *EXAMPLES]):
        text = template.path.with_name("openapi.json").read_bytes()
        service = json.loads(text)["tags"][0]["name"]
        routes = [
            RegisteredRoute(method=route.method, path=route.path, scopes=list(route.scopes))
            for route in map(declared, template.routes.values())
        ]
        services.append(RegisteredService(name=service, version="1", owner="o", docs="d", routes=routes, problems=[]))
        documents[service] = parsed(text)
    document: dict[str, Any] = json.loads(json.dumps(merged(services, documents, ABOUT)))
    return document
