"""The pages for people: the catalogue, the documentation to browse and try, and what problem documents point to.

Links start with the path of the gateway's URL: relative ones break where a page is opened with a final slash.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from functions.shared.plain.problems import gateway_url
from gateway_config.registry.assets import assets
from gateway_config.registry.models import RegisteredService, SystemHealth

# Of a problem.
_CODE = re.compile("[a-z0-9_]+")
_HERE = Path(__file__).parent
_NO_MORE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_READ_ONLY = f"default-src 'none'; style-src 'self'; img-src 'self'; {_NO_MORE}"


def catalogue(services: Sequence[RegisteredService], health: SystemHealth) -> bytes:
    """The services, as a page."""
    return rendered("catalogue.html", services=services, health=health)


def problems() -> bytes:
    """What each code of a problem means, from docs/problems.md."""
    return rendered("problems.html", text=Markup(problem_list()))  # noqa: S704 - our own file


def reference() -> bytes:
    """The viewer of the merged OpenAPI document."""
    return rendered("reference.html")


def rendered(template: str, **values: Any) -> bytes:
    """A page.

    Args:
        template: its file.
        values: that the template needs.
    """
    names = {name: asset.name for name, asset in assets().items()}
    root = urlsplit(gateway_url()).path + "/"
    return environment().get_template(template).render(root=root, assets=names, **values).encode()


@cache
def environment() -> Environment:
    """Jinja: everything that is put into a page is escaped, and a name that is not there is an error."""
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["anchor"] = anchor
    return found


def anchor(name: str) -> str:
    """The id of a service's section."""
    return "service-" + re.sub(r"[^\w-]", "_", name)


@cache
def problem_list() -> str:
    """docs/problems.md as HTML, each code's row with the code as its id."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((_HERE / "problems.md").read_text(encoding="utf-8"))
    for token, opening, cell in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (token.type, opening.type) == ("tr_open", "td_open") and _CODE.fullmatch(cell.content):
            token.attrSet("id", cell.content)
        if token.type == "th_open":
            token.attrSet("scope", "col")
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def headers(policy: str = _READ_ONLY) -> Mapping[str, str]:
    """What a page is sent with."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }


def viewer_policy(token_url: str) -> str:
    """The Content-Security-Policy of the viewer, which calls the gateway and fetches tokens, and nothing else."""
    parts = urlsplit(token_url)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {parts.scheme}://{parts.netloc}; {_NO_MORE}"
    )
