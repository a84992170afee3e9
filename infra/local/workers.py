"""Function processes of ministack: a faster start, and a bound on their number.

ministack starts a process for each request that finds no idle one, unpacks the function's code for each process, and
stops idle ones after five minutes. Twenty clients after a pause waited for twenty starts on two processors.
"""

import hashlib
import os
import shutil
import threading
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

# Per function. More would not serve more requests, because each occupies a processor.
MOST = max(4, 2 * (os.cpu_count() or 1))
# After this time a request gets its own process: the others may wait for it.
WAIT_SECONDS = 10.0


def apply(temporary: Path) -> None:
    """Change how ministack starts function processes. Their code is in the folder `temporary`."""
    _unpacked.folder = temporary / "code"
    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=SharedZip, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
    )
    lambda_svc.acquire_worker = acquire
    lambda_svc.release_worker = release


_unpacked = SimpleNamespace(folder=Path(), lock=threading.Lock())
_lock = threading.Lock()
_released: dict[tuple[str, Any], threading.Condition] = {}


class SharedZip(zipfile.ZipFile):
    """An artefact that is unpacked and compiled once."""

    def extractall(
        self,
        path: str | os.PathLike[str] | None = None,
        members: Iterable[str | zipfile.ZipInfo] | None = None,
        pwd: bytes | None = None,
    ) -> None:
        """Replace the empty folder `path` by a link to the unpacked artefact."""
        target = Path(str(path))
        shared: Path = _unpacked.folder / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        with _unpacked.lock:
            if not shared.exists():
                unfinished = shared.with_suffix(".new")
                shutil.rmtree(unfinished, ignore_errors=True)
                super().extractall(unfinished, members, pwd)
                unfinished.rename(shared)
        target.rmdir()
        target.symlink_to(shared)


def acquire(func_name: str, config: Any, code_zip: bytes, **more: Any) -> Any:
    """Return an idle process of a function; wait for one where `MOST` are busy."""
    ends = time.monotonic() + WAIT_SECONDS
    with _lock:
        released = _released.setdefault((func_name, config.get("Version")), threading.Condition(_lock))
        while (left := ends - time.monotonic()) > 0:
            worker, reason = lambda_runtime.acquire_worker(func_name, config, code_zip, max_concurrency=MOST, **more)
            if worker:
                return worker, reason
            released.wait(left)
    return lambda_runtime.acquire_worker(func_name, config, code_zip, **more)


def release(worker: Any) -> None:
    """Make a process idle; None if it was ended."""
    lambda_runtime.release_worker(worker)
    with _lock:
        for key, released in _released.items():
            if worker is None:
                released.notify_all()
            elif key == (worker.func_name, worker.config.get("Version")):
                released.notify()
