"""LiteLLM in an environment of its own, so that the project does not depend on what it needs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.repository import ROOT

VERSION = "1.110.2"
"""The release that the differences in `differences.toml` are of."""

_FOLDER = ROOT / ".cache" / f"litellm-{VERSION}"
_PYTHON = _FOLDER / "bin" / "python"
_INSTALLED = _FOLDER / "installed"
_SCRIPT = Path(__file__).with_name("calculate.py")
_LOCAL_PRICES = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""Makes LiteLLM read the price map that it comes with; else it downloads the newest one when it is imported."""


def calculate(requests: list[Any], at_s: int) -> list[Any]:
    """The answers of calculate.py to `requests`, billed at this Unix second.

    The first call installs LiteLLM. Skips the test where that fails, but not in CI.
    """
    answers: list[Any] = json.loads(run_in_litellm(_SCRIPT, str(at_s), stdin=json.dumps(requests)))
    return answers


def run_in_litellm(script: Path, *arguments: str, stdin: str = "") -> str:
    """What `script` prints when it is run beside LiteLLM; skips as `calculate` does."""
    try:
        _install()
    except subprocess.CalledProcessError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"LiteLLM cannot be installed: {error.stderr[-300:]}")
    done = subprocess.run(
        [str(_PYTHON), str(script), *arguments],
        input=stdin,
        env=os.environ | _LOCAL_PRICES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _install() -> None:
    """A folder is complete when it holds the file that is written last."""
    if not _INSTALLED.exists():
        _run(sys.executable, "-m", "venv", "--clear", _FOLDER)
        _run(_PYTHON, "-m", "pip", "install", "--quiet", f"litellm=={VERSION}")
        _INSTALLED.touch()


def _run(*command: str | Path) -> None:
    subprocess.run(command, capture_output=True, text=True, check=True)
