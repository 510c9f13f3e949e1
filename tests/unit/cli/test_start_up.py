"""What a command that reads numbers imports: nobody should wait for what counts events."""

import subprocess
import sys
from importlib.abc import MetaPathFinder

import pytest

from gatemeter.__main__ import main as start
from gatemeter.errors import ExitCode

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


def test_an_interrupt_while_modules_are_imported_ends_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class InterruptedImport(MetaPathFinder):
        def find_spec(self, name: str, *_: object) -> None:
            if name == "gatemeter.cli.main":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "gatemeter.cli.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [InterruptedImport(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        start()
    assert (ended.value.code, capsys.readouterr().err) == (ExitCode.INTERRUPTED, "gatemeter: interrupted\n")
