"""HTML pages: the catalogue of services, the API reference, and the problem codes.

Links start with the path of the gateway's URL. Relative links would break on a page whose URL ends with a slash.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from functions.shared.plain.problems import gateway_url
from gateway_config.registry.assets import assets
from gateway_config.registry.models import RegisteredService, SystemHealth

_PROBLEM_CODE = re.compile("[a-z0-9_]+")
_HERE = Path(__file__).parent
_NO_EMBEDDING = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_READ_ONLY = f"default-src 'none'; style-src 'self'; img-src 'self'; {_NO_EMBEDDING}"


def catalogue(services: Sequence[RegisteredService], health: SystemHealth) -> bytes:
    """Return the page with all services."""
    return rendered("catalogue.html", services=services, health=health)


def problems() -> bytes:
    """Return the page that explains the problem codes, from docs/problems.md."""
    return rendered("problems.html", text=Markup(problem_list()))  # noqa: S704 - our own file


def reference() -> bytes:
    """Return the page that shows the merged OpenAPI document."""
    return rendered("reference.html")


def rendered(template: str, **values: Any) -> bytes:
    """Return a page. `values` are the variables of the template."""
    names = {name: asset.name for name, asset in assets().items()}
    root = urlsplit(gateway_url()).path + "/"
    return environment().get_template(template).render(root=root, assets=names, **values).encode()


@cache
def environment() -> Environment:
    """Return Jinja's environment. Values are escaped. An undefined variable is an error."""
    jinja = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["anchor"] = anchor
    return jinja


def anchor(name: str) -> str:
    """Return the id of a service's section."""
    return "service-" + re.sub(r"[^\w-]", "_", name)


@cache
def problem_list() -> str:
    """Return docs/problems.md as HTML. The id of a code's row is the code."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((_HERE / "problems.md").read_text(encoding="utf-8"))
    for token, opening, cell in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (token.type, opening.type) == ("tr_open", "td_open") and _PROBLEM_CODE.fullmatch(cell.content):
            token.attrSet("id", cell.content)
            # Browsers may break a code only after an underscore.
            cell.children = [Token("html_inline", "", 0, content=cell.content.replace("_", "_<wbr>"))]
        if token.type == "th_open":
            token.attrSet("scope", "col")
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def headers(policy: str = _READ_ONLY) -> Mapping[str, str]:
    """Return the headers of a page."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }


def viewer_policy(token_url: str) -> str:
    """Return the Content-Security-Policy of Swagger UI, which may call only the gateway and the token endpoint."""
    parts = urlsplit(token_url)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {parts.scheme}://{parts.netloc}; {_NO_EMBEDDING}"
    )
