"""Routes in a service's code, read without importing it."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.deploy.packaging import carried
from infra.templates import load, routes


def missing_routes(template: Path) -> list[str]:
    """Return the routes that a service's code has and its template lacks, as far as the code has them as text."""
    anonymous = re.compile(r"\{[^}]*\}")
    known = {anonymous.sub("{}", str(route.get("RouteKey"))) for route in routes(load(template)).values()}
    sources = [source for source in carried(template.parent) if source.suffix == ".py"]
    found = [route for source in sources for route in routes_of(source.read_bytes())]
    return [route for route in found if anonymous.sub("{}", route) not in known]


def routes_of(code: bytes) -> Iterator[str]:
    """Yield the routes that code passes to `app.endpoint`, such as `GET /v1/customers`."""
    tree = ast.parse(code)
    constants: dict[str, str | None] = {}
    for line in tree.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                constants[name] = plain(value, constants)
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(attr="endpoint"), args=[method, path, *_]):
                words = plain(method, constants), plain(path, constants)
                if None not in words:
                    yield f"{words[0]} {words[1]}"


def plain(value: ast.expr, constants: Mapping[str, str | None]) -> str | None:
    """Return the text of an expression that contains only texts and constants; None for another expression."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case ast.FormattedValue(value=part):
            return plain(part, constants)
        case ast.JoinedStr(values=parts):
            texts = [plain(part, constants) for part in parts]
            return None if None in texts else "".join(map(str, texts))
        case _:
            return None
