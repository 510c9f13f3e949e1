"""Files with a gateway's own counters: which kind one is, by what it holds, and what it tells."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from gatemeter.errors import InputError
from gatemeter.inventory.documents import TwoOfOneName, members_by_name
from gatemeter.losses.exposition import parse_exposition
from gatemeter.losses.increases import Borders, readings_of_scrapes
from gatemeter.losses.license_buckets import LicenseCounts, license_counts, readings_of_licenses
from gatemeter.losses.reading import Reading
from gatemeter.losses.scrape import Scrape, scrapes_of
from gatemeter.losses.status_counters import scrape_of_status_api, scrape_of_stub_status
from gatemeter.reports.written_time import EARLIEST, LATEST

_DAYS_OF_EDGES = timedelta(days=3)
"""How far the hours that are compared reach beyond a window."""

_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GatewayCounters:
    """What a gateway's files tell: scrapes of its nodes, and license reports."""

    scrapes: Sequence[Scrape] = ()
    licenses: Sequence[LicenseCounts] = ()

    @classmethod
    def of_files(cls, paths: Iterable[Path]) -> "GatewayCounters":
        """Read the files: license reports, answers of Kong's status API, stub_status, or metrics for Prometheus.

        Raises InputError for a file that cannot be read or holds something else, with the line where there are lines.
        """
        scrapes: list[Scrape] = []
        licenses: list[LicenseCounts] = []
        for path in paths:
            for found in _read(path):
                if isinstance(found, LicenseCounts):
                    _require_storable(found.taken_at, path)
                    licenses.append(found)
                else:
                    _require_storable(found.at, path)
                    scrapes.append(found)
        if not scrapes and not any(each.months or each.since_license is not None for each in licenses):
            raise InputError(
                "no file tells of requests of a month or a node",
                do="give a report or scrapes of a gateway that counted some",
            )
        return cls(scrapes, licenses)

    def undated(self) -> Iterator[tuple[str, int]]:
        """The reports that count requests of no month, and how many; no reading holds these."""
        return ((each.where, each.undated) for each in self.licenses if each.undated)

    def readings(self, borders: Borders, month_zone: tzinfo | None) -> list[Reading]:
        """What was counted, divided at the scrapes nearest to `borders`; license reports by their own months.

        `month_zone` is the time zone of these, None where it is not known. Raises InputError as `ordered_scrapes`.
        """
        return [*readings_of_scrapes(self.scrapes, borders), *readings_of_licenses(self.licenses, month_zone)]


def _require_storable(moment: datetime, path: Path) -> None:
    if not EARLIEST + _DAYS_OF_EDGES <= moment <= LATEST - _DAYS_OF_EDGES:
        raise InputError(f"it is said to be of {moment:%Y-%m-%d}, when no usage can be stored", where=str(path))


def _read(path: Path) -> Sequence[Scrape | LicenseCounts]:
    text = _text(path)
    if text.lstrip()[:1] in ("{", "["):
        document = _document(text, path)
        if "counters" in document:
            return [license_counts(document, path)]
        if isinstance(document.get("server"), dict):
            return [scrape_of_status_api(document, path)]
        raise InputError("it is neither a license report nor an answer of Kong's status API", where=str(path))
    if text.lstrip().startswith("Active connections:"):
        return [scrape_of_stub_status(text, path)]
    return scrapes_of(parse_exposition(text, str(path)), path)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path)) from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"it is larger than {_MOST_BYTES // 1024**2} MiB", where=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            "it is not text in UTF-8", where=f"{path}:{line}", do="unpack what is compressed or in an archive"
        ) from None


def _document(text: str, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=members_by_name)
    except TwoOfOneName as error:
        raise InputError(str(error), where=str(path), do="ask the gateway again") from None
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise InputError("it begins as JSON does, and is not whole", where=f"{path}:{line}") from None
    if not isinstance(document, dict):
        raise InputError("it is neither a license report nor an answer of Kong's status API", where=str(path))
    return document
