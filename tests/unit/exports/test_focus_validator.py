"""The official validator of FOCUS reads our files, and finds nothing but what a committed list explains."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from gatemeter.exports.focus.focus_columns import FocusProfile
from tests.support.focus_bills import written_focus
from tests.support.own_environments import environment_with, python_of
from tests.support.repository import ROOT

pytestmark = pytest.mark.long(reason="installs the validator, which has dependencies of its own")

EXCEPTIONS = tomllib.loads((ROOT / "tests/fixtures/focus/validator_exceptions.toml").read_text())
CRITERIA = "ACCOUNT_NAMING_SUPPORTED,USAGE_MEASUREMENT_SUPPORTED,UNIT_PRICING_SUPPORTED"
FEWEST_PASSED = 170
"""Of 578 rules those that ask columns we have; a file that it cannot read passes none."""


def findings(path: Path) -> tuple[int, set[str]]:
    """How many rules hold, and which do not."""
    programs = environment_with("focus-validator==2.2.1", "pyarrow<22", python=python_of("3.12"))
    command: list[str | Path] = [
        programs / "focus-validator",
        "--data-file",
        path,
        "--block-download",
        "--validate-version",
        "1.2.0.1",
    ]
    command += ["--focus-dataset", "CostAndUsage", "--applicability-criteria", CRITERIA]
    # It opens its list of currencies relative to where it is started.
    [packages] = programs.parent.glob("lib/python3*/site-packages")
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=packages).stdout
    passed = re.search(r"Pass: (\d+)", told)
    assert passed, told
    return int(passed[1]), set(re.findall(r"^\S+ (\S+): FAIL", told, re.MULTILINE))


def test_nothing_fails_but_what_is_explained(tmp_path: Path) -> None:
    failed = set()
    for name, is_closed in (("closed.csv", True), ("closed.parquet", True), ("preview.csv", False)):
        passed, found = findings(written_focus(tmp_path / name, FocusProfile.V1_2, is_closed=is_closed))
        assert found <= set(EXCEPTIONS)
        assert passed >= FEWEST_PASSED
        failed |= found
    assert failed == set(EXCEPTIONS)
