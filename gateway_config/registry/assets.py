"""Files of the pages: our own, and those of Swagger UI, which is a package of the artefact.

A file's name contains a digest of its content, so browsers may keep the file forever.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path, PurePath

from functions.shared.plain.problems import UnknownRoute
from functions.shared.requests.texts import digest

STATIC = Path(__file__).with_name("static")
# Contains the published files of Swagger UI. An import of the package would need Django.
_VIEWER = "drf-spectacular-sidecar"
_VIEWER_FILES = "drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """A file. `name` contains the digest of `body`."""

    name: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the response."""
        return {
            "Content-Type": _MEDIA_TYPES[PurePath(self.name).suffix],
            "Cache-Control": "public, max-age=31536000, immutable",
        }


@cache
def assets() -> dict[str, Asset]:
    """Return the files by their names in the source."""
    viewer = Path(str(distribution(_VIEWER).locate_file(_VIEWER_FILES)))
    sources = [*STATIC.iterdir(), viewer / "swagger-ui.css", viewer / "swagger-ui-bundle.js"]
    return {source.name: named(source.name, source.read_bytes()) for source in sources}


def named(name: str, body: bytes) -> Asset:
    """Return a file, with a digest in its name."""
    path = PurePath(name)
    return Asset(f"{path.stem}.{digest(body)}{path.suffix}", body)


def asset(name: str) -> Asset:
    """Return the file with a name.

    Raises:
        UnknownRoute: no file has this name. Another version of the registry may have had it.
    """
    file = next((file for file in assets().values() if file.name == name), None)
    if file is None:
        raise UnknownRoute("This file belongs to another version of the documentation. Load its page again.")
    return file
