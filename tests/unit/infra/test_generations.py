"""Generations of saved state."""

import os
import shutil
from pathlib import Path

import pytest

from infra.local.generations import KEPT, Generations

AT = "2026-11-27T20:00:00.000Z"


def written(folder: Path, *contents: bytes) -> Generations:
    found = Generations(folder)
    for content in contents:
        found.write({"a.json": content, "same.json": b"{}"}, AT, clean=False)
    return found


def test_without_a_generation_there_is_none_and_nothing_is_set_aside(tmp_path: Path) -> None:
    assert Generations(tmp_path / "none").newest() == (None, [])


def test_the_newest_generation_is_read(tmp_path: Path) -> None:
    written(tmp_path, b"1", b"2")
    newest, aside = Generations(tmp_path).newest()
    assert newest is not None
    assert (newest.read("a.json"), newest.read("b.json"), newest.saved_at, newest.clean) == (b"2", None, AT, False)
    assert aside == []


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    generations = written(tmp_path, b"1", b"2")
    assert not generations.write({"a.json": b"2", "same.json": b"{}"}, AT, clean=False)
    first, second = sorted(tmp_path.iterdir())
    assert (first / "same.json").samefile(second / "same.json")
    assert generations.write({"a.json": b"2", "same.json": b"{}"}, AT, clean=True), "an orderly stop is recorded"


def test_the_last_generations_are_kept(tmp_path: Path) -> None:
    generations = written(tmp_path, *(str(number).encode() for number in range(KEPT + 3)))
    assert generations.contents("a.json") == [b"3", b"4", b"5"]


@pytest.mark.parametrize("name", ["a.json", "manifest.json"])
def test_a_cut_file_is_set_aside_with_its_generation_and_the_one_before_is_read(tmp_path: Path, name: str) -> None:
    written(tmp_path, b"11", b"22")
    broken = max(tmp_path.iterdir())
    content = (broken / name).read_bytes()
    (broken / name).write_bytes(content[: len(content) // 2])
    generations = Generations(tmp_path)
    newest, aside = generations.newest()
    assert newest is not None
    assert (newest.read("a.json"), aside) == (b"11", [tmp_path / f"unreadable-{broken.name}"])
    assert Generations(tmp_path).unreadable() == aside, "also by a later start"
    assert (aside[0] / name).exists()
    generations.write({"a.json": b"33"}, AT, clean=False)
    assert aside[0].exists(), "a later save does not remove it"


def test_a_generation_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, f"No space left on device {descriptor}")

    generations = written(tmp_path, b"1")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            generations.write({"a.json": b"2"}, AT, clean=False)
    assert [path.name for path in tmp_path.iterdir()] == ["generation-00000001"]
    assert generations.write({"a.json": b"2"}, AT, clean=False)


def test_an_unfinished_generation_is_not_read(tmp_path: Path) -> None:
    written(tmp_path, b"1")
    (tmp_path / "generation-00000002.new").mkdir()
    newest, aside = Generations(tmp_path).newest()
    assert newest is not None
    assert (newest.read("a.json"), aside) == (b"1", [])


@pytest.mark.parametrize("saves", range(KEPT, KEPT + 4))
def test_one_damaged_file_leaves_a_readable_generation_however_long_it_was_unchanged(
    tmp_path: Path, saves: int
) -> None:
    written(tmp_path, *(str(number).encode() for number in range(saves)))
    with (max(tmp_path.iterdir()) / "same.json").open("r+b") as shared:
        shared.truncate(1)
    newest, aside = Generations(tmp_path).newest()
    assert newest is not None
    assert 1 <= len(aside) < KEPT


def test_a_file_that_is_damaged_while_the_cloud_runs_is_written_again(tmp_path: Path) -> None:
    generations = written(tmp_path, b"1")
    (tmp_path / "generation-00000001" / "same.json").write_bytes(b"")
    generations.write({"a.json": b"2", "same.json": b"{}"}, AT, clean=True)
    newest, aside = Generations(tmp_path).newest()
    assert newest is not None
    assert (newest.read("same.json"), aside) == (b"{}", [])


def test_a_generation_can_be_set_aside_twice_under_one_number(tmp_path: Path) -> None:
    for content in (b"2", b"3", b"4"):
        generations = Generations(tmp_path)
        generations.newest()
        generations.write({"a.json": b"1"}, AT, clean=False)
        generations.write({"a.json": content}, AT, clean=False)
        (tmp_path / "generation-00000002" / "a.json").write_bytes(b"damaged")
        newest, aside = Generations(tmp_path).newest()
        assert newest is not None
        assert (newest.read("a.json"), len(aside)) == (b"1", 1)
    assert len(list(tmp_path.glob("unreadable-*"))) == 3


@pytest.mark.parametrize("name", ["generation-00000001.bak", "generation-00000009 copy", "generation-x", "generation-"])
def test_a_copy_under_another_name_is_no_generation(tmp_path: Path, name: str) -> None:
    generations = written(tmp_path, b"1")
    shutil.copytree(tmp_path / "generation-00000001", tmp_path / name)
    generations.write({"a.json": b"2"}, AT, clean=False)
    newest, aside = Generations(tmp_path).newest()
    assert newest is not None
    assert (newest.read("a.json"), aside) == (b"2", [])
    assert (tmp_path / name).exists()


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"saved_at": "", "clean": true, "digests": []}']
)
def test_a_generation_with_another_manifest_is_set_aside(tmp_path: Path, manifest: bytes) -> None:
    written(tmp_path, b"1", b"2")
    (tmp_path / "generation-00000002" / "manifest.json").write_bytes(manifest)
    newest, aside = Generations(tmp_path).newest()
    assert newest is not None
    assert (newest.read("a.json"), len(aside)) == (b"1", 1)
