"""A pytest plugin: what a run writes lies in memory, on a machine that has room for it.

ClickHouse writes some ten small files for each insert and one for each answer, and ext4 spends a quarter of that
server's CPU time on making them. A run for which TMPDIR is set keeps its files there.
"""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil
import pytest

MEMORY = Path("/dev/shm")
PREFIX = "gatemeter-tests-"
ROOM_BYTES = 6 * 2**30
"""What must be free; the largest files, of long tests, take 0.5 GiB, and a run of `make test` leaves less than 2."""
_YOUNG_S = 60
_folder = pytest.StashKey[tuple[Path, int]]()


@pytest.hookimpl(tryfirst=True)  # before anybody asks for a temporary directory
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or "TMPDIR" in os.environ or not has_room(MEMORY):
        return  # a worker of xdist has TMPDIR from the process that started it
    remove_abandoned(MEMORY)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=MEMORY))
    config.stash[_folder] = (folder, _locked(folder))
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None


@pytest.hookimpl(trylast=True)  # when the servers have stopped, which write until then
def pytest_unconfigure(config: pytest.Config) -> None:
    if found := config.stash.get(_folder, None):
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        shutil.rmtree(found[0], ignore_errors=True)
        os.close(found[1])


def has_room(memory: Path) -> bool:
    """Whether files for a whole run fit into `memory`, and the machine has that much memory to spare."""
    if not memory.is_dir():
        return False
    return min(shutil.disk_usage(memory).free, psutil.virtual_memory().available) >= ROOM_BYTES


def remove_abandoned(memory: Path) -> None:
    """Remove the folders of runs that were killed: nobody holds them any more."""
    for folder in memory.glob(f"{PREFIX}*"):
        if time.time() - folder.stat().st_ctime > _YOUNG_S and (lock := _lock_if_free(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int:
    lock = _lock_if_free(folder)
    assert lock is not None, f"another run has taken {folder}"
    return lock


def _lock_if_free(folder: Path) -> int | None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
