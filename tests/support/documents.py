"""The services' OpenAPI documents as they are served."""

import json
from typing import Any

from tests.support.templates import Template


def served_document(template: Template) -> dict[str, Any]:
    """Return the document of the service that a template deploys."""
    document: dict[str, Any] = json.loads(template.path.with_name("openapi.json").read_text(encoding="utf-8"))
    return document
