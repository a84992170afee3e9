"""Backups of the local cloud: one file with all its data, of one moment.

The file is a gzip-compressed tar archive. Its first member is `backup.json`:

    format, version   "dossier-local", 1
    saved_at          time of the data, RFC 3339 in UTC
    digests           SHA-256 of each other member, by path

The others are a generation (see generations.py) and the remaining files of the folders `state` and `s3`: keys that sign
tokens, code of functions, S3 objects. They contain personal data and keys.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.generations import Generations, sync
from infra.local.home import FOLDERS

FORMAT = "dossier-local"
VERSION = 1
HEADER = "backup.json"
GENERATIONS = PurePosixPath("state/generations")
KEPT_FOLDERS = [folder for folder in FOLDERS if folder != "tmp"]
_NOT_KEPT = {".lock", ".new"}
_CHUNK = 1 << 20
_NOT_WHOLE = (
    *(tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
    *(LookupError, AttributeError, TypeError, ValueError, RecursionError),
)
# Deeper folders cannot be removed again: shutil.rmtree calls itself for each.
_MOST_PARTS = 50


def backup(cloud: LocalCloud, file: Path) -> str:
    """Write all data of a local cloud to a file, which only this user can read; return the time of the data.

    Call it while nothing is deployed. A file of this name is replaced in one step.

    Raises:
        LocalCloudError: there is no data, or it cannot be saved. Or the file cannot be written, or is no regular file.
    """
    if file.exists() and not file.is_file():
        raise LocalCloudError(f"{file} is a folder or a device. Name a new file, with FILE=…")
    folder = cloud.save() if cloud.running else _newest(cloud.home / "state" / "generations")
    snapshot = cloud.home / "backup.new"
    unfinished = file.with_name(f".{file.name}.new")
    shutil.rmtree(snapshot, ignore_errors=True)
    try:
        # Hard links: the generation is removed when newer ones are saved.
        shutil.copytree(folder, snapshot, copy_function=os.link)
        saved_at: str = json.loads((snapshot / "manifest.json").read_bytes())["saved_at"]
        members = {str(GENERATIONS / folder.name / path.name): path for path in sorted(snapshot.iterdir())}
        members |= {path.relative_to(cloud.home).as_posix(): path for path in _others(cloud.home)}
        _write(unfinished, saved_at, members)
        extract(unfinished, None)
        unfinished.replace(file)
        sync(file.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LocalCloudError(
            f"No backup was written: {error}. Name a file in a folder that can be written and has space, with FILE=…"
        ) from None
    finally:
        shutil.rmtree(snapshot, ignore_errors=True)
    return saved_at


def restore(cloud: LocalCloud, file: Path) -> tuple[str, Path]:
    """Replace the data of a local cloud with that of a backup. A cloud that runs is restarted.

    Returns:
        The time of the data, and the folder with the data that was replaced.

    Raises:
        LocalCloudError: the file is no whole backup, or cannot be read or unpacked; nothing was replaced. Or the cloud
            does not stop or start.
    """
    staging = cloud.home / "restore.new"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True, mode=0o700)
        saved_at = extract(file, staging)
        os.sync()
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise LocalCloudError(f"Nothing was restored: {error}. Free space at {cloud.home}, or mend it.") from None
    except LocalCloudError:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    was_running = cloud.stop()
    aside = cloud.home / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    _exchange(cloud, staging, aside)
    if was_running:
        cloud.start()
    return saved_at, aside


def extract(file: Path, to: Path | None) -> str:
    """Check a backup, and unpack it unless `to` is None; return the time of its data.

    Raises:
        LocalCloudError: it is no backup, or not whole, or of another version.
        OSError: it cannot be read, or `to` cannot be written.
    """
    if not file.is_file():
        raise LocalCloudError(f"{file} is no file. Name a file that `make backup` wrote, with FILE=…")
    try:
        with tarfile.open(file, "r:gz") as archive:
            members = iter(archive)
            header = _header(archive, next(members, None), file)
            saved_at, left = str(header["saved_at"]), dict[str, str](header["digests"])
            for member in members:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or _copied(content, member.name, to) != left.pop(member.name, None):
                    raise tarfile.ReadError(member.name)
    except _NOT_WHOLE:
        raise LocalCloudError(_damaged(file)) from None
    if left or (to and Generations(to / GENERATIONS).newest()[0] is None):
        raise LocalCloudError(_damaged(file))
    return saved_at


def _damaged(file: Path) -> str:
    return f"{file} is damaged, or no backup of the local system. Name another with FILE=…; nothing was replaced."


def _header(archive: tarfile.TarFile, member: tarfile.TarInfo | None, file: Path) -> dict[str, Any]:
    content = archive.extractfile(member) if member and member.name == HEADER else None
    header: dict[str, Any] = json.load(content) if content else {}
    if header.get("format") != FORMAT:
        raise tarfile.ReadError(HEADER)
    if header["version"] != VERSION:
        raise LocalCloudError(
            f"{file} has version {header['version']} of the backup format; this checkout reads version {VERSION}. "
            "Restore it with the checkout that wrote it."
        )
    return header


def _copied(content: Any, name: str, to: Path | None) -> str:
    """Copy a member to a path below `to`; return its SHA-256."""
    path = PurePosixPath(name)
    if path.parts[0] not in KEPT_FOLDERS or ".." in path.parts or len(path.parts) > _MOST_PARTS:
        raise tarfile.ReadError(name)
    digest = hashlib.sha256()
    target = Path(os.devnull) if to is None else to / path
    if to is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as copy:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _newest(folder: Path) -> Path:
    newest, _ = Generations(folder).newest()
    if newest is None:
        raise LocalCloudError("The local system has no data to back up. Start it with: make run")
    return newest.folder


def _others(home: Path) -> Iterator[Path]:
    """Yield the files below `state` and `s3` that are not part of a generation."""
    for name in KEPT_FOLDERS:
        for path in sorted((home / name).rglob("*")):
            in_generations = path.is_relative_to(home / GENERATIONS)
            if path.is_file() and not in_generations and path.suffix not in _NOT_KEPT:
                yield path


def _write(file: Path, saved_at: str, members: dict[str, Path]) -> None:
    digests = {}
    for name, path in members.items():
        with path.open("rb") as content:
            digests[name] = hashlib.file_digest(content, "sha256").hexdigest()
    header = {"format": FORMAT, "version": VERSION, "saved_at": saved_at, "digests": digests}
    text = json.dumps(header).encode()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as archive:
            information = tarfile.TarInfo(HEADER)
            information.size = len(text)
            archive.addfile(information, io.BytesIO(text))
            for name, path in members.items():
                archive.add(path, name, recursive=False)
        raw.flush()
        os.fsync(raw.fileno())


def _exchange(cloud: LocalCloud, staging: Path, aside: Path) -> None:
    """Exchange the data for the restored data. A start fails while this is incomplete."""
    aside.mkdir(mode=0o700)
    cloud.restoring.write_text(aside.name, encoding="utf-8")
    for name in KEPT_FOLDERS:
        (staging / name).mkdir(exist_ok=True)
        if (cloud.home / name).exists():
            (cloud.home / name).rename(aside / name)
        (staging / name).rename(cloud.home / name)
    cloud.restoring.unlink()
    staging.rmdir()
