"""Python packages in environments of their own, so that the project does not depend on what they need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT

_INSTALLED = "installed"
"""Written into an environment's folder when all of it is there."""


def environment_with(requirement: str) -> Path:
    """The folder of the programs of an environment in .cache with `NAME==VERSION`; the first call installs it.

    Skips the test where that fails, but not in CI.
    """
    folder = ROOT / ".cache" / requirement.replace("==", "-")
    if not (folder / _INSTALLED).exists():
        try:
            _run(sys.executable, "-m", "venv", "--clear", folder)
            _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", requirement)
        except subprocess.CalledProcessError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"{requirement} cannot be installed: {error.stderr[-300:]}")
        (folder / _INSTALLED).touch()
    return folder / "bin"


def _run(*command: str | Path) -> None:
    subprocess.run(command, capture_output=True, text=True, check=True)
