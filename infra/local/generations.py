"""Generations of saved state: each is a folder of files that are all of one moment.

A generation is written under another name, synced and read back. A rename makes it current in one step. Files that did
not change are hard links to the generation before. The manifest contains each file's digest: a file that was cut or
changed is noticed.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEPT = 3
_MANIFEST = "manifest.json"
_PREFIX = "generation-"
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
            aside.append(folder.rename(self._folder / f"{_ASIDE}{folder.name}"))
        return None, aside

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
                if before and before.digests.get(name) == digests[name]:
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
        return sorted(path for path in self._folder.glob(f"{_PREFIX}*") if path.suffix != ".new")


def _checked(folder: Path) -> Generation | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        found = Generation(folder, manifest["saved_at"], manifest["clean"], manifest["digests"])
        contents = {name: (folder / name).read_bytes() for name in found.digests}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = all(hashlib.sha256(contents[name]).hexdigest() == digest for name, digest in found.digests.items())
    return found if same else None


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
