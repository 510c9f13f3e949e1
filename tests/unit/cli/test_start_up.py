"""What a command that reads numbers imports: nobody should wait for what counts events."""

import subprocess
import sys

import pytest

_IMPORTED = "import sys, importlib; importlib.import_module(sys.argv[1]); print(*sys.modules)"
_OF_COUNTING = {
    "aiokafka",
    "confluent_kafka",
    "faust",
    "gatemeter.formats",
    "gatemeter.pricing",
    "numpy",
    "pyarrow",
    "starlette",
    "zstandard",
}


@pytest.mark.parametrize(("command", "unneeded"), [("query", {*_OF_COUNTING, "pydantic"}), ("report", _OF_COUNTING)])
def test_a_command_that_reads_numbers_does_not_import_what_counts_them(command: str, unneeded: set[str]) -> None:
    name = f"gatemeter.cli.commands.{command}"
    run = subprocess.run([sys.executable, "-c", _IMPORTED, name], capture_output=True, text=True, check=True)
    assert name in run.stdout.split()
    assert unneeded.isdisjoint(run.stdout.split())
