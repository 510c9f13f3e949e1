"""Millions of rows are written within a few megabytes."""

import subprocess
import sys

import pytest

from gatemeter.exports.table_files import FileFormat
from tests.support.repository import ROOT

ROWS = 1_000_000
_MEASURE = """
import resource, sys
from pathlib import Path
from tempfile import TemporaryDirectory
from gatemeter.exports.staged_file import stage_table
from gatemeter.exports.table_columns import columns_of
from gatemeter.exports.table_files import FileFormat, Table
from tests.support.exports import USAGE_NAMES, usage_row

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def rows(count):
    like = usage_row()
    return ({**like, "consumer": f"consumer-{n}", "quantity": n} for n in range(count))

form = FileFormat(sys.argv[1]).table_format
with TemporaryDirectory() as folder:
    columns = columns_of(USAGE_NAMES)
    stage_table(Table("few", columns, rows(100_000)), form, Path(folder), lambda _: None)
    before = peak_mib()
    stage_table(Table("many", columns, rows(int(sys.argv[2]))), form, Path(folder), lambda _: None)
    print(peak_mib() - before)
"""


@pytest.mark.long(reason="a million rows in each format")
@pytest.mark.parametrize("form", list(FileFormat))
def test_a_million_rows_take_no_more_memory_than_few(form: FileFormat) -> None:
    command = [sys.executable, "-c", _MEASURE, form.value, str(ROWS)]
    grown_mib = int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    assert grown_mib < 32
