"""Backups of a local cloud that is stopped: what is written, and what is refused before anything is replaced."""

import io
import json
import os
import resource
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local import __main__ as commands
from infra.local.backup import backup, restore
from infra.local.cloud import LocalCloud, LocalCloudError
from infra.local.generations import Generations

AT = "2026-11-28T10:00:00.000Z"


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    """A local cloud that has data and is stopped."""
    local = LocalCloud(tmp_path / "home")
    for name, content in {
        "state/cognito-rsa-key.pem": "key",
        "state/cognito-rsa-key.pem.lock": "",
        "state/lambda-blobs/1.zip": "code",
        "s3/bucket/object": "object",
    }.items():
        put(local.home / name, content)
    save(local, b"first")
    return local


def put(path: Path, content: str) -> None:
    """Write a file and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def save(local: LocalCloud, items: bytes) -> None:
    """Save a generation."""
    generations = Generations(local.home / "state" / "generations")
    generations.newest()
    generations.write({"dynamodb.json": items, "kms.json": b"{}"}, AT, clean=True)


def items(local: LocalCloud) -> bytes | None:
    """The items of the newest generation."""
    newest, _ = Generations(local.home / "state" / "generations").newest()
    return newest.read("dynamodb.json") if newest else None


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_restored_and_the_data_it_replaces_is_kept(cloud: LocalCloud, tmp_path: Path) -> None:
    assert backup(cloud, tmp_path / "b.tar.gz") == AT
    save(cloud, b"second")
    (cloud.home / "s3/bucket/object").unlink()
    put(cloud.home / "state/lambda-blobs/2.zip", "later")
    before = tree(cloud.home)
    saved_at, aside = restore(cloud, tmp_path / "b.tar.gz")
    assert (saved_at, items(cloud)) == (AT, b"first")
    assert (cloud.home / "s3/bucket/object").read_text(encoding="utf-8") == "object"
    assert (cloud.home / "state/cognito-rsa-key.pem").read_text(encoding="utf-8") == "key"
    assert not (cloud.home / "state/lambda-blobs/2.zip").exists()
    assert tree(aside) == before
    assert {path.name for path in cloud.home.iterdir()} == {"state", "s3", aside.name}


def test_a_backup_replaces_an_earlier_one_and_only_this_user_can_read_it(cloud: LocalCloud, tmp_path: Path) -> None:
    put(tmp_path / "b" / "b.tar.gz", "earlier")
    backup(cloud, tmp_path / "b" / "b.tar.gz")
    (file,) = (tmp_path / "b").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        header, *members = archive.getnames()
    assert header == "backup.json"
    assert [name for name in members if not name.startswith("state/generations/generation-00000001/")] == [
        "state/cognito-rsa-key.pem",
        "state/lambda-blobs/1.zip",
        "s3/bucket/object",
    ]


def test_a_backup_replaces_no_folder_and_no_device(cloud: LocalCloud, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "device")
    for name in ("folder", "device"):
        with pytest.raises(LocalCloudError, match=f"{name} is a folder or a device. Name a new file"):
            backup(cloud, tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "folder", "device"}


def test_a_system_without_data_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"no data to back up. Start it with: make run"):
        backup(LocalCloud(tmp_path / "home"), tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Files cannot be larger than `limit` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_ends_a_backup_and_leaves_the_earlier_one(cloud: LocalCloud, tmp_path: Path) -> None:
    backup(cloud, tmp_path / "b.tar.gz")
    before = (tmp_path / "b.tar.gz").read_bytes()
    with full_disk(100), pytest.raises(LocalCloudError, match=r"No backup was written: .*File too large"):
        backup(cloud, tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"home", "b.tar.gz"}


def test_a_full_disk_ends_a_restore_and_leaves_the_data(cloud: LocalCloud, tmp_path: Path) -> None:
    backup(cloud, tmp_path / "b.tar.gz")
    before = tree(cloud.home)
    with full_disk(3), pytest.raises(LocalCloudError, match=r"Nothing was restored: .*File too large"):
        restore(cloud, tmp_path / "b.tar.gz")
    assert tree(cloud.home) == before


def archive_of(members: dict[str, bytes]) -> bytes:
    """A compressed archive."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, content in members.items():
            information = tarfile.TarInfo(name)
            information.size = len(content)
            archive.addfile(information, io.BytesIO(content))
    return raw.getvalue()


def archive_with_link(kind: bytes, target: str) -> bytes:
    """A compressed archive whose header lists a member that is a link."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        content = header(digests={"state/link": "0"})
        information = tarfile.TarInfo("backup.json")
        information.size = len(content)
        archive.addfile(information, io.BytesIO(content))
        link = tarfile.TarInfo("state/link")
        link.type, link.linkname = kind, target
        archive.addfile(link)
    return raw.getvalue()


def header(**changes: object) -> bytes:
    """A header, with changes."""
    return json.dumps({"format": "dossier-local", "version": 1, "saved_at": AT, "digests": {}, **changes}).encode()


DEEP = f"state/{'d/' * 2000}file"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        archive_of({}),
        archive_of({"a.txt": b"foreign"}),
        archive_of({"backup.json": b"[]"}),
        archive_of({"backup.json": b"{"}),
        archive_of({"backup.json": header(format="another")}),
        archive_of({"backup.json": header()}),
        archive_of({"backup.json": header(digests={"s3/missing": "0"})}),
        archive_of({"backup.json": header(), "s3/not-listed": b""}),
        archive_of({"backup.json": header(digests={"../outside": "0"}), "../outside": b""}),
        archive_of({"backup.json": header(digests={"state/../../outside": "0"}), "state/../../outside": b""}),
        archive_of({"backup.json": header(digests={"s3/changed": "0"}), "s3/changed": b""}),
        archive_of({"backup.json": b"[" * 100_000}),
        archive_of({"backup.json": header(digests={DEEP: "0"}), DEEP: b""}),
        archive_with_link(tarfile.SYMTYPE, "link"),
        archive_with_link(tarfile.SYMTYPE, "/etc/passwd"),
        archive_with_link(tarfile.LNKTYPE, "state/link"),
    ],
)
def test_a_file_that_is_no_whole_backup_is_refused_and_nothing_is_replaced(
    cloud: LocalCloud, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "b.tar.gz").write_bytes(content)
    before = tree(tmp_path)
    with pytest.raises(LocalCloudError, match=r"is damaged, or no backup .* nothing was replaced"):
        restore(cloud, tmp_path / "b.tar.gz")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_backup_that_was_cut_is_refused(cloud: LocalCloud, tmp_path: Path, part: float) -> None:
    backup(cloud, tmp_path / "b.tar.gz")
    content = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "b.tar.gz").write_bytes(content[: int(len(content) * part)])
    with pytest.raises(LocalCloudError, match="is damaged"):
        restore(cloud, tmp_path / "b.tar.gz")
    assert items(cloud) == b"first"


def test_a_backup_of_another_version_is_refused_and_names_both(cloud: LocalCloud, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(archive_of({"backup.json": header(version=2)}))
    with pytest.raises(LocalCloudError, match="has version 2 of the backup format; this checkout reads version 1"):
        restore(cloud, tmp_path / "b.tar.gz")


def test_a_backup_that_does_not_exist_is_named(cloud: LocalCloud, tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match=r"b.tar.gz is no file. Name a file that `make backup` wrote"):
        restore(cloud, tmp_path / "b.tar.gz")


def test_a_restore_without_a_file_asks_for_one(cloud: LocalCloud) -> None:
    with pytest.raises(LocalCloudError, match=r"Name the backup: make restore FILE=…"):
        commands.restore(cloud, "")


def test_after_an_interrupted_restore_a_start_is_refused_until_it_is_repeated(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    backup(cloud, tmp_path / "b.tar.gz")
    put(cloud.restoring, "replaced-1")
    with pytest.raises(LocalCloudError, match=r"A restore was interrupted. Run make restore FILE=… again.*replaced-1"):
        cloud.start()
    restore(cloud, tmp_path / "b.tar.gz")
    assert not cloud.restoring.exists()
    assert items(cloud) == b"first"


def test_a_reset_forgets_also_what_a_restore_kept(cloud: LocalCloud, tmp_path: Path) -> None:
    backup(cloud, tmp_path / "b.tar.gz")
    restore(cloud, tmp_path / "b.tar.gz")
    put(cloud.restoring, "replaced-1")
    cloud.reset()
    assert list(cloud.home.iterdir()) == []
