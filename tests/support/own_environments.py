"""Python packages in environments of their own, so that the project does not depend on what they need."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.repository import ROOT

_INSTALLED = "installed"
"""Written into an environment's folder when all of it is there."""


def environment_with(requirement: str, *others: str, python: Path | str = sys.executable) -> Path:
    """The folder of the programs of an environment in .cache with `NAME==VERSION`; the first call installs it.

    It is one of `python`, and holds what `others` require, too. Skips the test where that fails, but not in CI.
    """
    folder = ROOT / ".cache" / requirement.replace("==", "-")
    with _alone(folder):
        if not (folder / _INSTALLED).exists():
            try:
                _run(python, "-m", "venv", "--clear", folder)
                _run(folder / "bin" / "python", "-m", "pip", "--require-virtualenv", "install", requirement, *others)
            except subprocess.CalledProcessError as error:
                if os.environ.get("CI") == "true":
                    raise
                pytest.skip(f"{requirement} cannot be installed: {error.stderr[-300:]}")
            (folder / _INSTALLED).touch()
    return folder / "bin"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that make one environment at a time would take its parts from each other."""
    folder.parent.mkdir(exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python_of(version: str) -> Path:
    """The interpreter of a version as `3.12`; skips the test where this machine has none."""
    installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
    for each in (Path(f"python{version}"), *installed):
        with suppress(OSError, subprocess.CalledProcessError):
            _run(each, "-c", "import ensurepip")
            return each
    pytest.skip(f"there is no Python {version} on this machine")


def _run(*command: str | Path) -> None:
    subprocess.run(command, capture_output=True, text=True, check=True)
