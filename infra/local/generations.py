"""Generations of saved state: each is a folder of files that are all of one moment.

A generation is written under another name, synced and read back. A rename makes it current in one step. Files that did
not change are hard links to the generation before. At most two generations share a file, so that no single damaged file
makes all that are kept unreadable. The manifest contains each file's digest: a file that was cut or changed is noticed.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEPT = 3
_MANIFEST = "manifest.json"
_PREFIX = "generation-"
# Other folders, such as a copy that somebody made, are no generations.
_NAME = re.compile(rf"{_PREFIX}[0-9]{{8}}")
_MOST_SHARING = 2
_ASIDE = "unreadable-"


@dataclass(frozen=True)
class Generation:
    """A complete generation.

    Attributes:
        folder: its folder.
        saved_at: time of its moment, RFC 3339 in UTC.
        clean: whether it was saved by an orderly stop.
        digests: SHA-256 of each file by name.
    """

    folder: Path
    saved_at: str
    clean: bool
    digests: dict[str, str]

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None if the generation has no such file."""
        return (self.folder / name).read_bytes() if name in self.digests else None


class Generations:
    """The generations in one folder."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is created with the first generation."""
        self._folder = folder
        self._newest: Generation | None = None

    @property
    def current(self) -> Generation | None:
        """The generation that was read or written last."""
        return self._newest

    def newest(self) -> tuple[Generation | None, list[Path]]:
        """Return the newest readable generation, and the folders that were set aside because they are not readable."""
        aside: list[Path] = []
        for folder in reversed(self._complete()):
            self._newest = _checked(folder)
            if self._newest:
                return self._newest, aside
            aside.append(folder.rename(self._unused(f"{_ASIDE}{folder.name}")))
        return None, aside

    def unreadable(self) -> list[Path]:
        """Return the folders that were set aside, now or by an earlier start."""
        return sorted(self._folder.glob(f"{_ASIDE}*"))

    def write(self, files: Mapping[str, bytes], saved_at: str, *, clean: bool) -> bool:
        """Write a generation, unless nothing has changed; return whether one was written.

        Args:
            files: content by name.
            saved_at: time of the moment that the files show.
            clean: whether an orderly stop writes it.

        Raises:
            OSError: it could not be written, or was read back otherwise; the generation before stays the newest.
        """
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        before = self._newest
        if before and before.digests == digests and before.clean == clean:
            return False
        last = self._complete()[-1:]
        number = int(last[0].name.removeprefix(_PREFIX)) + 1 if last else 1
        final = self._folder / f"{_PREFIX}{number:08}"
        unfinished = final.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            for name, content in files.items():
                if before and _may_share(before.folder / name, content):
                    os.link(before.folder / name, unfinished / name)
                else:
                    _write(unfinished / name, content)
            manifest = {"saved_at": saved_at, "clean": clean, "digests": digests}
            _write(unfinished / _MANIFEST, json.dumps(manifest).encode())
            sync(unfinished)
            unfinished.rename(final)
        except OSError:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        sync(self._folder)
        self._newest = Generation(final, saved_at, clean, digests)
        for old in self._complete()[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return True

    def contents(self, name: str) -> list[bytes]:
        """Return a file's content in each generation that is kept."""
        return [(folder / name).read_bytes() for folder in self._complete() if (folder / name).exists()]

    def _complete(self) -> list[Path]:
        return sorted(path for path in self._folder.glob(f"{_PREFIX}*") if _NAME.fullmatch(path.name))

    def _unused(self, name: str) -> Path:
        """Return a path for a folder that is set aside. Its number may have been set aside before."""
        earlier = len([path for path in self._folder.glob(f"{name}*") if path.name != name])
        path = self._folder / name
        return path.with_name(f"{name}.{earlier + 2}") if path.exists() else path


def _checked(folder: Path) -> Generation | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        digests = dict(manifest["digests"].items())
        found = Generation(folder, manifest["saved_at"], manifest["clean"], digests)
        same = all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digests[name] for name in digests)
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return None
    return found if digests and same else None


def _may_share(file: Path, content: bytes) -> bool:
    """Return whether a file has this content, and is in fewer generations than may share one."""
    try:
        return file.stat().st_nlink < _MOST_SHARING and file.read_bytes() == content
    except OSError:
        return False


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OSError(f"{path.name} was read back with another content")


def sync(folder: Path) -> None:
    """Write a folder's list of files to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
