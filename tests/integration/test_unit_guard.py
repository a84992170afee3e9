"""The guard of tests/unit/conftest.py, in a pytest process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bootstrap import ROOT

IMPORTED = "from moto import mock_aws\ndef test_it():\n    with mock_aws(): pass"
IN_A_FIXTURE = """
import pytest
from moto import mock_aws

@pytest.fixture(scope="module")
def account():
    with mock_aws():
        yield

def test_it(account): pass
"""


@pytest.mark.parametrize(
    ("code", "use"),
    [
        (IMPORTED, "moto"),
        (IN_A_FIXTURE, "moto"),
        ("def test_it():\n    import moto", "moto"),
        ("import socket\ndef test_it(): socket.create_server(('127.0.0.1', 0))", "socket.bind"),
        ("import socket\ndef test_it(): socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo"),
        ("import subprocess\ndef test_it(): subprocess.run(['true'])", "subprocess.Popen"),
        ("import os\ndef test_it(): os.system('true')", "os.system"),
        ("def test_it(): pass", None),
    ],
)
def test_a_unit_test_that_uses_moto_a_socket_or_a_subprocess_fails(tmp_path: Path, code: str, use: str | None) -> None:
    shutil.copy(ROOT / "tests" / "unit" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(code, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == (1 if use else 0), run.stdout
    assert use is None or f"A unit test uses {use}." in run.stdout
