"""The services' templates."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from infra.templates import ROOT, load, resources, routes


@dataclass
class Template:
    """A service's template."""

    path: Path
    body: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The template at a path."""
        return cls(path, load(path))

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of its resources of one type, by logical id."""
        return resources(self.body, kind)

    @property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Its functions."""
        return self.of("AWS::Serverless::Function")

    @property
    def integrations(self) -> dict[str, dict[str, Any]]:
        """Its integrations in the gateway."""
        return self.of("AWS::ApiGatewayV2::Integration")

    @property
    def routes(self) -> dict[str, dict[str, Any]]:
        """Its routes in the gateway, as they are by default."""
        return routes(self.body)


def service_templates() -> list[Path]:
    """The gateway's template, which serves the registry, and that of every folder of functions that has an app."""
    apps = sorted(ROOT.glob("functions/*/app.py"))
    return [ROOT / "gateway_config" / "template.yaml", *(app.with_name("template.yaml") for app in apps)]
