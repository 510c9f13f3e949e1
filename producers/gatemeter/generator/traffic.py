"""The lines of a generated month in file order, written to a log file with the truth about them beside it."""

import gzip
import itertools
import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import IO, Any

import numpy as np
import zstandard

from gatemeter.errors import InputError
from gatemeter.generator.bad_line import spoil
from gatemeter.generator.catalogue import build_catalogue
from gatemeter.generator.event_text import EventText
from gatemeter.generator.plan import TrafficPlan, hour_shares
from gatemeter.generator.request import RequestMaker
from gatemeter.generator.rng import RequestDraw, draw_requests
from gatemeter.generator.stream_session import draw_session
from gatemeter.generator.truth.truth import Truth

_MS_PER_HOUR = 3_600_000
# Near enough that a worker still remembers the first copy: it remembers the last few hundred thousand events.
_FARTHEST_COPY_LINES = 20_000
_REQUEST, _BAD, _STREAM = range(3)


@dataclass(slots=True)
class _Remaining:
    """How many lines of each kind are still to come."""

    requests: int
    bad: int
    streams: int
    copies: int

    @property
    def first_lines(self) -> int:
        return self.requests + self.bad + self.streams


class Traffic:
    """A month of lines; `truth` is complete when `lines` is exhausted. Use each object once."""

    def __init__(self, plan: TrafficPlan) -> None:
        self.truth = Truth()
        self._plan = plan
        self._random = np.random.RandomState(plan.seed)
        catalogue = build_catalogue(self._random, plan.consumers)
        self._maker = RequestMaker(plan, catalogue)
        self._text = EventText(catalogue)
        self._remaining = _Remaining(plan.request_lines, plan.bad_lines, plan.stream_lines, plan.duplicate_lines)
        self._copies: list[tuple[int, int, bytes]] = []
        self._copy_numbers = itertools.count()
        self._written = 0

    def lines(self) -> Iterator[bytes]:
        """Every line without its newline; memory stays bounded whatever the number of events."""
        counts = self._random.multinomial(self._remaining.first_lines, hour_shares(self._plan))
        start_ms = int(self._plan.starts_at.timestamp()) * 1000
        for hour, count in enumerate(counts.tolist()):
            if count:
                yield from self._hour(start_ms + hour * _MS_PER_HOUR, count)
        yield from self._due_copies(everything=True)

    def _hour(self, hour_ms: int, count: int) -> Iterator[bytes]:
        times_ms = hour_ms + np.sort(self._random.randint(0, _MS_PER_HOUR, count))
        kinds = self._kinds(count)
        copies = self._copies_per_line(kinds)
        for index, draw in enumerate(draw_requests(self._random, times_ms.tolist())):
            line = self._line(kinds[index], draw)
            self._written += 1
            yield line
            for distance in copies.get(index, ()):
                heappush(self._copies, (self._written + distance, next(self._copy_numbers), line))
            yield from self._due_copies()

    def _line(self, kind: int, draw: RequestDraw) -> bytes:
        if kind == _STREAM:
            session = draw_session(draw)
            self.truth.count_stream(session)
            return session.line()
        facts = self._maker.make(draw)
        line = self._text.line(facts)
        if kind == _REQUEST:
            self.truth.count_request(facts)
            return line
        bad = spoil(line, draw.delay_share)
        self.truth.count_dead_letter(bad.reason)
        return bad.content

    def _kinds(self, count: int) -> list[int]:
        """The kind of each line of an hour. Over the month, the number of each kind is exactly as planned."""
        remaining = self._remaining
        bad = self._share_of(remaining.bad, remaining.first_lines, count)
        streams = self._share_of(remaining.streams, remaining.first_lines - remaining.bad, count - bad)
        kinds = np.full(count, _REQUEST)
        kinds[:bad] = _BAD
        kinds[bad : bad + streams] = _STREAM
        remaining.bad -= bad
        remaining.streams -= streams
        result: list[int] = self._random.permutation(kinds).tolist()
        return result

    def _share_of(self, special: int, all_lines: int, count: int) -> int:
        if not special or not count:
            return 0
        return int(self._random.hypergeometric(special, all_lines - special, count))

    def _copies_per_line(self, kinds: list[int]) -> dict[int, list[int]]:
        """By index of a request: the distance in lines from it to each of its copies."""
        requests = [index for index, kind in enumerate(kinds) if kind == _REQUEST]
        remaining = self._remaining
        copies = int(self._random.binomial(remaining.copies, len(requests) / remaining.requests)) if requests else 0
        remaining.copies -= copies
        remaining.requests -= len(requests)
        distances: dict[int, list[int]] = {}
        for chosen, share in zip(self._random.random_sample(copies), self._random.random_sample(copies), strict=True):
            # Most copies are retries shortly after, some come much later.
            distance = int(_FARTHEST_COPY_LINES ** float(share))
            distances.setdefault(requests[int(chosen * len(requests))], []).append(distance)
        return distances

    def _due_copies(self, *, everything: bool = False) -> Iterator[bytes]:
        while self._copies and (everything or self._copies[0][0] <= self._written):
            self._written += 1
            self.truth.count_duplicate()
            yield heappop(self._copies)[2]


_LINES_A_WRITE = 1_000
_GZIP_LEVEL = 6


def truth_path(log_path: Path) -> Path:
    """Where the truth about `log_path` is written."""
    return log_path.with_name(f"{log_path.name}.truth.json")


def write_traffic(plan: TrafficPlan, log_path: Path) -> Generator[int, None, None]:
    """Write the plan's lines to `log_path` (compressed if it ends in .gz or .zst), then the truth beside it.

    Yields the number of lines written so far, after each thousand. A file has its name when it is complete, the truth
    last. Raises InputError when a file cannot be written.
    """
    traffic = Traffic(plan)
    written = 0
    try:
        with _whole_file(log_path) as raw:
            with _packed(raw, log_path.suffix) as file:
                for lines in _chunks(traffic.lines()):
                    file.write(b"\n".join(lines) + b"\n")
                    written += len(lines)
                    yield written
            truth_path(log_path).unlink(missing_ok=True)  # it is about the log that is replaced now
        with _whole_file(truth_path(log_path)) as file:
            file.write(json.dumps(traffic.truth.document(), indent=1).encode() + b"\n")
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
def _whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets the name `path` at the end of the block, unless that fails; then nothing of it is left."""
    if path.exists() and not path.is_file():  # a pipe or a device is written as it is
        with path.open("wb") as file:
            yield file
        return
    target = path.resolve()
    draft = target.with_name(f".{target.name}.draft")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _packed(raw: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    """`raw`, or a compressing file around it; what a compressor still holds is written at the end of the block."""
    packed: Any = raw
    if suffix == ".gz":
        # No name and no time in the header: the same plan gives the same bytes.
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_GZIP_LEVEL, mtime=0)
    elif suffix == ".zst":
        packed = zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
    yield packed
    if packed is not raw:
        packed.close()
