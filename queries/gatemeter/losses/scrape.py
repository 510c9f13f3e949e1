"""The counters of one node at one moment."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from gatemeter.errors import InputError
from gatemeter.losses.exposition import Exposition, Sample
from gatemeter.losses.known_counters import KNOWN_COUNTERS, STATUS_API, STUB_STATUS, KnownCounter
from gatemeter.output.text import shortened

_LARGEST_COUNT = 2**53
"""Beyond it the floating-point numbers of the format skip whole numbers."""

_SAME_TIME = timedelta(minutes=1)
_FILE_NAME = re.compile(r"(?P<node>.*?)[._-]?(?P<time>\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\dZ)", re.ASCII)
_NODE_INFO = "kong_node_info"
_STARTED = "process_start_time_seconds"
_UPTIME = "envoy_server_uptime"
_TELL_TIME = (
    "write `# scraped at 2026-02-01T00:00:00Z` as a line of its own into it, or name the file "
    "NODE_2026-02-01T000000Z.prom; when it was written last is not taken, for a copy changes that"
)


Series = tuple[str, frozenset[tuple[str, str]]]
"""The name of a metric, and the labels that tell its series apart."""

NODE_ID: Series = (_NODE_INFO, frozenset())
"""What the id of a node stands under."""


class SeriesKey(NamedTuple):
    """What the counts of a scrape are told apart by; `overlap` is the label by which one request may be in several."""

    counter: str
    service: str = ""
    route: str = ""
    group: tuple[str, ...] = ()
    overlap: str = ""


@dataclass(frozen=True, slots=True)
class Scrape:
    """The counters of `node` at the moment `at` (UTC), read from `where`.

    `rising` are all counters of the node by series: where one falls, the node was started again. A change of what
    `started` holds says so too.
    """

    node: str
    at: datetime
    counts: Mapping[SeriesKey, int]
    rising: Mapping[Series, Decimal]
    started: Mapping[Series, object]
    where: str

    @property
    def source(self) -> str:
        """What was asked: the scrapes of a node are compared with those of the same source alone."""
        others = {key.counter for key in self.counts} & {STATUS_API, STUB_STATUS}
        return next(iter(others), "metrics")


def named_by_file(path: Path) -> tuple[str, datetime | None]:
    """The node and the moment in the name of a file, as `kong-1_2026-02-01T000000Z.prom`; '' and None without them."""
    found = _FILE_NAME.search(path.name)
    if found is None:
        return "", None
    try:
        return found["node"], datetime.strptime(re.sub("[-:]", "", found["time"]), "%Y%m%dT%H%M%S%z")
    except ValueError:
        return "", None


def scrapes_of(exposition: Exposition, path: Path) -> list[Scrape]:
    """A scrape for each node that the file tells of: for each value of the label `instance`, else one.

    Raises InputError for a file without a counter that gatemeter knows, without a time, or with a count that cannot be.
    """
    if not any(sample.name in KNOWN_COUNTERS for sample in exposition.samples):
        names = ", ".join(name for name in KNOWN_COUNTERS if ":" not in name)
        raise InputError(
            "it holds no counter of requests that gatemeter knows", where=str(path), do=f"known are {names}"
        )
    by_instance: dict[str, list[Sample]] = defaultdict(list)
    for sample in exposition.samples:
        by_instance[sample.labels.get("instance", "")].append(sample)
    known = {
        instance: samples
        for instance, samples in by_instance.items()
        if any(sample.name in KNOWN_COUNTERS for sample in samples)
    }
    return [_scrape(samples, instance, exposition, path) for instance, samples in known.items()]


def _scrape(samples: Sequence[Sample], instance: str, exposition: Exposition, path: Path) -> Scrape:
    ids = sorted({sample.labels.get("node_id", "") for sample in samples if sample.name == _NODE_INFO} - {""})
    node = instance or exposition.notes.get("node", "") or named_by_file(path)[0] or (ids[0] if len(ids) == 1 else "")
    rising = {
        _series(sample): sample.value for sample in samples if _rises(sample, exposition) and sample.value.is_finite()
    }
    started: dict[Series, object] = {
        _series(sample): sample.value
        for sample in samples
        if sample.name == _STARTED or (exposition.is_open_metrics and sample.name.endswith("_created"))
    }
    if ids:
        started[NODE_ID] = tuple(ids)
    return Scrape(node, _time(samples, exposition, path), _counts(samples, str(path)), rising, started, str(path))


def _series(sample: Sample) -> Series:
    return sample.name, frozenset(sample.labels.items())


def _rises(sample: Sample, exposition: Exposition) -> bool:
    family = sample.name.removesuffix("_total")
    is_counter = "counter" in (exposition.types.get(sample.name), exposition.types.get(family))
    return is_counter or sample.name in KNOWN_COUNTERS or sample.name == _UPTIME


def _counts(samples: Sequence[Sample], where: str) -> Mapping[SeriesKey, int]:
    counts: dict[SeriesKey, int] = defaultdict(int)
    for sample in samples:
        known = KNOWN_COUNTERS.get(sample.name)
        if known is not None and not any(sample.labels.get(name) in other for name, other in known.other.items()):
            counts[_key(sample, known)] += _count(sample, where)
    return dict(counts)


def _key(sample: Sample, known: KnownCounter) -> SeriesKey:
    service, route = (sample.labels.get(label, "") if label else "" for label in (known.service, known.route))
    if not known.overlapping:
        return SeriesKey(sample.name, service, route)
    group = tuple(f"{name}={value}" for name, value in sorted(sample.labels.items()) if name != known.overlapping)
    return SeriesKey(sample.name, service, route, group, sample.labels.get(known.overlapping, ""))


def _count(sample: Sample, where: str) -> int:
    value = sample.value
    if not value.is_finite() or value < 0 or value > _LARGEST_COUNT or value != value.to_integral_value():
        raise InputError(
            f"{sample.name} is {shortened(str(value))}, and a count of requests is a whole number from 0 to 2^53",
            where=f"{where}:{sample.line}",
        )
    return int(value)


def _time(samples: Sequence[Sample], exposition: Exposition, path: Path) -> datetime:
    told = dict(_told_times(samples, exposition, path))
    if not told:
        raise InputError("when it was scraped is not told", where=str(path), do=_TELL_TIME)
    first, last = min(told.values()), max(told.values())
    if last - first > _SAME_TIME:
        said = " and ".join(f"{what} {at:%Y-%m-%dT%H:%M:%SZ}" for what, at in told.items())
        raise InputError(f"it tells two times: {said}", where=str(path), do="leave the wrong one out")
    return next(iter(told.values()))


def _told_times(samples: Sequence[Sample], exposition: Exposition, path: Path) -> Iterator[tuple[str, datetime]]:
    if "scraped at" in exposition.notes:
        yield "a comment", _written_time(exposition.notes["scraped at"], path)
    stamps = [each.timestamp for each in samples if each.name in KNOWN_COUNTERS and each.timestamp is not None]
    for what, stamp in (
        ("the first sample", min(stamps, default=None)),
        ("the last sample", max(stamps, default=None)),
    ):
        if stamp is not None:
            yield what, _stamped_time(stamp if exposition.is_open_metrics else stamp / 1000, path)
    named = named_by_file(path)[1]
    if named is not None:
        yield "the name of the file", named


def _written_time(text: str, path: Path) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InputError(f"scraped at {shortened(text)!r} is not a time with an offset", where=str(path), do=_TELL_TIME)


def _stamped_time(seconds: Decimal, path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        raise InputError(f"{shortened(str(seconds))} s is not a time", where=str(path)) from None
