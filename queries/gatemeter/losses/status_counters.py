"""The count of all requests, as Kong's status API and nginx's stub_status tell it, without a time."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.errors import InputError
from gatemeter.losses.known_counters import STATUS_API, STUB_STATUS
from gatemeter.losses.scrape import Scrape, SeriesKey, named_by_file

_STUB_STATUS = re.compile(
    r"Active connections:\s*\d+\s+server accepts handled requests\s+(\d{1,19})\s+(\d{1,19})\s+(\d{1,19})\s+"
    r"Reading:\s*\d+\s+Writing:\s*\d+\s+Waiting:\s*\d+\s*",
    re.ASCII,
)
_NAME_IT = "name the file NODE_2026-02-01T000000Z.json (or .txt) by when it was asked for"


class _ServerCounts(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    total_requests: int = Field(ge=0, le=2**53)
    connections_accepted: int = Field(default=0, ge=0)
    connections_handled: int = Field(default=0, ge=0)


def scrape_of_status_api(document: Mapping[str, Any], path: Path) -> Scrape:
    """What `GET /status` answered. Raises InputError where it lacks the count, and for a file name without a time."""
    try:
        server = _ServerCounts.model_validate(document["server"])
    except ValidationError as error:
        what = f"server.{error.errors()[0]['loc'][0]} of the status is not a count: {error.errors()[0]['msg']}"
        raise InputError(what, where=str(path)) from None
    return _scrape(STATUS_API, server.total_requests, (server.connections_accepted, server.connections_handled), path)


def scrape_of_stub_status(text: str, path: Path) -> Scrape:
    """What stub_status shows. Raises InputError where it is not whole, and for a file name without a time."""
    found = _STUB_STATUS.fullmatch(text.strip() + "\n")
    if found is None:
        raise InputError("it begins as nginx's stub_status does, and is not whole", where=str(path))
    accepted, handled, requests = map(int, found.groups())
    return _scrape(STUB_STATUS, requests, (accepted, handled), path)


def _scrape(counter: str, requests: int, connections: tuple[int, int], path: Path) -> Scrape:
    node, at = named_by_file(path)
    if at is None:
        raise InputError("when it was asked for is not told", where=str(path), do=_NAME_IT)
    values = zip(("requests", "accepted", "handled"), (requests, *connections), strict=True)
    rising = {(name, frozenset[tuple[str, str]]()): Decimal(value) for name, value in values}
    return Scrape(node, at, {SeriesKey(counter): requests}, rising, {}, str(path))
