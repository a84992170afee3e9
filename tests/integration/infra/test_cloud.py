"""The local cloud's process: refusals before it starts, and what a stop reports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import cloud, process
from infra.local.cloud import LocalCloud, LocalCloudError


@pytest.mark.parametrize("port", ["99999", "0", "-1", "x", "65536", "٤٥٦٦", "9" * 5000])
def test_a_port_that_is_none_is_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("DOSSIER_PORT", port)
    with pytest.raises(LocalCloudError, match="DOSSIER_PORT is a number from 1 to 65535, such as 4566"):
        LocalCloud(tmp_path / "home").start()


def test_a_home_that_cannot_be_written_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOSSIER_PORT", "47123")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "state").write_text("a file in the folder's place", encoding="utf-8")
    with pytest.raises(LocalCloudError, match="cannot be written"):
        LocalCloud(tmp_path / "home").start()
    assert not (tmp_path / "home" / "process.json").exists()


def test_a_process_that_does_not_respond_is_named_and_no_second_one_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(cloud, "START_SECONDS", 0)
    home = tmp_path / "home"
    home.mkdir()
    hung = subprocess.Popen([sys.executable, "-c", "input()", "/local/launcher.py"], stdin=subprocess.PIPE)
    with hung:
        (home / "process.json").write_text(json.dumps({"pid": hung.pid, "port": 9}), encoding="utf-8")
        for call in (LocalCloud(home).start, LocalCloud(home).save):
            with pytest.raises(LocalCloudError, match=rf"process {hung.pid}\) does not respond on port 9. Restart it"):
                call()
        hung.kill()
    assert [path.name for path in home.iterdir()] == ["process.json"]
