"""LiteLLM in an environment of its own."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support.own_environments import environment_with

VERSION = "1.110.2"
"""The release that the differences in `differences.toml` are of."""

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
    done = subprocess.run(
        [str(environment_with(f"litellm=={VERSION}") / "python"), str(script), *arguments],
        input=stdin,
        env=os.environ | _LOCAL_PRICES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
