"""The public API as it was last approved: the merged OpenAPI document without texts and examples.

    python -m infra.generate.openapi.baseline

A contract test compares the services' documents with the baseline and fails on a breaking change. The command approves
the current documents and prints the breaking changes, each of which needs a line in CHANGELOG.md.
"""

import json
from typing import Any

from gateway_config.registry.documents import parsed
from gateway_config.registry.models import RegisteredRoute, RegisteredService
from gateway_config.registry.openapi import About, merged
from infra.generate.openapi.changes import breaking_changes
from infra.generate.openapi.document import TEMPLATES
from infra.templates import ROOT, load, routes

BASELINE = ROOT / "gateway_config" / "baseline.json"
_ABOUT = About("", "https://auth.example.com/oauth2/token", "https://api.example.com")
_TEXTS = {"description", "example", "examples", "summary"}


def main() -> None:
    """Write the baseline and print the breaking changes."""
    document = current()
    if BASELINE.exists():
        for change in breaking_changes(approved(), document):
            print(f"Breaking: {change}")
    BASELINE.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def approved() -> dict[str, Any]:
    """Return the baseline."""
    document: dict[str, Any] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return document


def current() -> dict[str, Any]:
    """Return the merged document of the services' committed documents, without texts and examples."""
    services, documents = [], {}
    for template in TEMPLATES:
        text = template.with_name("openapi.json").read_bytes()
        name = json.loads(text)["tags"][0]["name"]
        registered = [registered_route(route) for route in routes(load(template)).values()]
        services.append(RegisteredService(name=name, version="", owner="", docs="", routes=registered, problems=[]))
        documents[name] = parsed(text)
    document = json.loads(json.dumps(merged(services, documents, _ABOUT)))
    components = {kind: without_texts(document["components"][kind], named=True) for kind in ("responses", "schemas")}
    return {"paths": without_texts(document["paths"]), "components": components}


def registered_route(route: dict[str, Any]) -> RegisteredRoute:
    """Return a template's route as the registry lists it."""
    method, _, path = route["RouteKey"].partition(" ")
    return RegisteredRoute(method=method, path=path, scopes=sorted(route.get("AuthorizationScopes", [])))


def without_texts(value: Any, *, named: bool = False) -> Any:
    """Return a part of a document without its texts and examples.

    Args:
        value: the part.
        named: whether the members of `value` have names of the API, such as the properties of a schema.
    """
    if isinstance(value, list):
        return [without_texts(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        name: without_texts(member, named=name == "properties" and not named)
        for name, member in value.items()
        if named or name not in _TEXTS
    }


if __name__ == "__main__":
    main()
