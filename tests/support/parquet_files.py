"""Reading Parquet files with the ClickHouse engine, in a process of its own: one process has one engine."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_READ = """
import json, sys, chdb
def asked(statement):
    return json.loads(chdb.query(statement + " SETTINGS output_format_json_quote_decimals = 1 FORMAT JSON").bytes())
for path in sys.argv[1:]:
    print(json.dumps(asked(f"SELECT * FROM file('{path}', Parquet)")))
"""


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """The types of the columns, and the rows: decimals as text, the rest as JSON has it."""

    types: dict[str, str]
    rows: list[dict[str, Any]]


def parquet_files(paths: Iterable[Path]) -> list[ParquetFile]:
    """The files, in their order."""
    command = [sys.executable, "-c", _READ, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [ParquetFile({each["name"]: each["type"] for each in one["meta"]}, one["data"]) for one in found]
