"""Writes generated traffic and, beside it, the truth."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

from gatemeter.contracts.errors import InputError
from gatemeter.producers.generator.plan import TrafficPlan
from gatemeter.producers.generator.traffic import Traffic

_LINES_A_WRITE = 1_000
_GZIP_LEVEL = 6


def truth_path(log_path: Path) -> Path:
    """Where the truth about `log_path` is written."""
    return log_path.with_name(f"{log_path.name}.truth.json")


def write_traffic(plan: TrafficPlan, log_path: Path) -> Iterator[int]:
    """Write the plan's lines to `log_path` (compressed if it ends in .gz or .zst), then the truth beside it.

    Yields after each thousand lines how many have been written. The truth is written last: where it is, the log is
    complete. Raises InputError when a file cannot be written.
    """
    traffic = Traffic(plan)
    written = 0
    try:
        truth_path(log_path).unlink(missing_ok=True)
        with _open(log_path) as file:
            for lines in _chunks(traffic.lines()):
                file.write(b"\n".join(lines) + b"\n")
                written += len(lines)
                yield written
        truth_path(log_path).write_text(json.dumps(traffic.truth.document(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot be written: {reason}", where=str(log_path), do="choose another --out") from error


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _LINES_A_WRITE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@contextmanager
def _open(log_path: Path) -> Iterator[IO[bytes]]:
    with log_path.open("wb") as raw:
        packed: Any = raw
        if log_path.suffix == ".gz":
            # No name and no time in the header: the same plan gives the same bytes.
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_GZIP_LEVEL, mtime=0)
        elif log_path.suffix == ".zst":
            packed = zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
        try:
            yield packed
        finally:
            if packed is not raw:
                packed.close()
