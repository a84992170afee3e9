"""The files that pages are made with: ours, and those of Swagger UI, which the artefact carries as a package.

Each goes by a name that has its content's digest in it, so that a browser may keep it for good.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path, PurePath

from functions.shared.plain.problems import UnknownRoute
from functions.shared.requests.texts import digest

STATIC = Path(__file__).with_name("static")
# Brings Swagger UI as its makers publish it; not imported, as it would look for Django.
_VIEWER = "drf-spectacular-sidecar"
_VIEWER_FILES = "drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """A file.

    Attributes:
        name: by which it is asked for.
        body: its content.
    """

    name: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """What it is sent with."""
        return {
            "Content-Type": _MEDIA_TYPES[PurePath(self.name).suffix],
            "Cache-Control": "public, max-age=31536000, immutable",
        }


@cache
def assets() -> dict[str, Asset]:
    """Every file by its name in the source."""
    viewer = Path(str(distribution(_VIEWER).locate_file(_VIEWER_FILES)))
    sources = [*STATIC.iterdir(), viewer / "swagger-ui.css", viewer / "swagger-ui-bundle.js"]
    return {source.name: named(source.name, source.read_bytes()) for source in sources}


def named(name: str, body: bytes) -> Asset:
    """A file under the name that it is asked for by."""
    path = PurePath(name)
    return Asset(f"{path.stem}.{digest(body)}{path.suffix}", body)


def asset(name: str) -> Asset:
    """The file that is asked for by a name.

    Raises:
        UnknownRoute: there is none; another version of the registry may have had it.
    """
    found = [candidate for candidate in assets().values() if candidate.name == name]
    if not found:
        raise UnknownRoute("The documentation has no such file now: load its page anew.")
    return found[0]
