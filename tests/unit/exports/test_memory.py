"""An export of many rows takes no more memory than one of few: in each format, to a directory and over HTTP."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatemeter.exports.table_files import FileFormat
from tests.support.file_server import file_server
from tests.support.repository import ROOT

FEW, MANY = 50_000, 500_000
MOST_GROWN_MIB = 32
"""Of JSON lines there are then 160 MiB more; Parquet keeps a group of 65,536 rows, which few do not fill."""
_MEASURE = """
import resource, sys
from dataclasses import dataclass
from gatemeter.clock import SystemClock
from gatemeter.exports.destinations.addresses import destination_at
from gatemeter.exports.table_columns import columns_of
from gatemeter.exports.table_files import Table
from tests.support.exports import LINE_NAMES, USAGE_NAMES, MadeUpTables, exported_to, usage_row

LIKE = usage_row()

class ManyRows(MadeUpTables):
    def tables(self):
        yield Table("lines", columns_of(LINE_NAMES), [])
        rows = ({**LIKE, "consumer": f"consumer-{number}", "quantity": number} for number in range(self.rows))
        yield Table("usage", columns_of(USAGE_NAMES), rows)

def peak_mib(address, rows):
    exported_to(destination_at(f"{address}/{rows}", "", SystemClock()), rows=rows, form=sys.argv[2], tables=ManyRows)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

few = peak_mib(sys.argv[1], int(sys.argv[3]))
print(peak_mib(sys.argv[1], int(sys.argv[4])) - few)
"""

pytestmark = pytest.mark.long(reason="half a million rows in each format")


def grown_mib(address: str, form: FileFormat) -> int:
    command = [sys.executable, "-c", _MEASURE, address, form.value, str(FEW), str(MANY)]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("form", list(FileFormat))
def test_many_rows_to_a_directory_take_no_more_memory_than_few(tmp_path: Path, form: FileFormat) -> None:
    assert grown_mib(str(tmp_path), form) < MOST_GROWN_MIB


@pytest.mark.loopback
def test_a_large_file_over_http_takes_no_more_memory_than_a_small_one() -> None:
    with file_server() as server:
        server.keeps_bytes = None
        assert grown_mib(server.url, FileFormat.JSONL) < MOST_GROWN_MIB
        assert {path.rpartition("/")[2] for path in server.files} == {"lines.jsonl", "usage.jsonl", "manifest.json"}
