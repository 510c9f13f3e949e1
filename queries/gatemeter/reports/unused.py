"""What is configured and never called, and what is called and not configured, within some hours.

What nobody can know is in no row, and said in a note: what is called and not configured where a control plane does not
list all of a kind, or in hours that no snapshots span; without counted usage, everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.formats.kong.credential_meter import CREDENTIAL_METER
from gatemeter.inventory.stored import aware
from gatemeter.output.text import shortened
from gatemeter.reports.configured_and_called import CalledName, ConfiguredEntity, Hours, Matching
from gatemeter.reports.credential_use import CredentialUse, NamedCredential, credential_use
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.unused_rows import (
    CREDENTIAL,
    KINDS,
    Listing,
    UnusedRow,
    not_called_row,
    not_configured_row,
    row_order,
)

CREDENTIALS_NOTE = (
    "which keys and other credentials nobody uses is not known: no snapshot lists them"
    " (gatemeter inventory poll --credentials)"
)

_HOUR = timedelta(hours=1)
_FORM = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class UnusedReport:
    """Rows by finding and kind, and what is not known."""

    rows: Sequence[UnusedRow]
    notes: Sequence[str]


def unused_report(client: Client, span: TimeSpan) -> UnusedReport:
    """Ask the store. Raises as `fetch` does."""
    listings = [Listing.of(row) for row in fetch(client, "configured_listings", span.parameters)]
    if not listings:
        return UnusedReport([], ["no snapshot of a control plane is stored up to then: gatemeter inventory takes them"])
    known = {kind: _known_hours([each for each in listings if each.kind == kind], span) for kind in KINDS}
    bounds = {
        "known_from": [f"{known[kind].start:{_FORM}}" for kind in KINDS],
        "known_to": [f"{known[kind].end:{_FORM}}" for kind in KINDS],
    }
    called = [_called(row) for row in fetch(client, "called_names", {**span.parameters, **bounds})]
    counted = _counted_hours(client, span)
    if counted is None:
        return UnusedReport([], ["no usage of these hours is stored: what is called is not known"])
    entities = [_entity(row) for row in fetch(client, "configured_entities", span.parameters)]
    counted_ones = [each for each in entities if each.first_listed < counted[1]]
    planes = {(each.control_plane_id, each.kind): each for each in listings}
    matching = Matching(_callable(entities), called)
    used = _credential_use(client, span, entities, counted_ones, matching)
    rows = [
        *(
            not_called_row(entity, last, planes)
            for entity, last in Matching(_callable(counted_ones), called).not_called()
        ),
        *(not_configured_row(each) for each in matching.not_configured()),
        *(not_called_row(each.entity, each.last_used, planes, each.consumer) for each in used.unused),
    ]
    notes = [*_notes(listings, known, counted), *_credential_notes(listings, used)]
    return UnusedReport(sorted(rows, key=row_order), [*notes, *_newer(len(entities) - len(counted_ones))])


def _callable(entities: Sequence[ConfiguredEntity]) -> Sequence[ConfiguredEntity]:
    """Those that events name as what was called, or who called."""
    return [each for each in entities if each.kind in KINDS]


def _credential_use(
    client: Client,
    span: TimeSpan,
    entities: Sequence[ConfiguredEntity],
    counted_ones: Sequence[ConfiguredEntity],
    calls: Matching,
) -> CredentialUse:
    credentials = [each for each in counted_ones if each.kind == CREDENTIAL]
    if not credentials:
        return CredentialUse([], [])
    rows = fetch(client, "named_credentials", {**span.parameters, "declaration": CREDENTIAL_METER.identity})
    consumers = (each for each in entities if each.kind == "consumer")
    return credential_use(credentials, consumers, calls, [_named(row) for row in rows])


def _named(row: Mapping[str, Any]) -> NamedCredential:
    consumer = row["workspace"], row["id"], tuple(row["names"])
    return NamedCredential(consumer, row["credential"], row["requests"], _time(row["last_ever"]))


def _known_hours(listings: Sequence[Listing], span: TimeSpan) -> TimeSpan:
    """The full hours of `span` between snapshots that list all; none where a control plane does not list all."""
    nothing = TimeSpan(span.start, span.start)
    if not all(each.is_whole for each in listings):
        return nothing
    start = max([span.start, *(each.first for each in listings if each.first)])
    end = min([span.end, *(each.last for each in listings if each.last)])
    begin = start.replace(minute=0, second=0, microsecond=0)
    hours = TimeSpan(begin if begin == start else begin + _HOUR, end.replace(minute=0, second=0, microsecond=0))
    return hours if hours.start < hours.end else nothing


def _counted_hours(client: Client, span: TimeSpan) -> tuple[datetime, datetime] | None:
    """The begin of the first hour in `span` of which usage is stored, and the end of the last one; None without."""
    [row] = fetch(client, "counted_hours", span.parameters)
    if not row["hours"]:
        return None
    return _time(row["first_hour"]), _time(row["last_hour"]) + _HOUR


def _entity(row: Mapping[str, Any]) -> ConfiguredEntity:
    return ConfiguredEntity(
        kind=row["kind"],
        control_plane_id=row["control_plane_id"],
        id=row["entity_id"],
        name=row["name"] or next(iter(row["names"]), ""),
        workspace=row["workspace"],
        service=row["service"],
        names=row["names"],
        first_listed=aware(row["first_listed"]),
        last_listed=aware(row["last_listed"]),
        consumer_id=row["consumer_id"],
    )


def _called(row: Mapping[str, Any]) -> CalledName:
    return CalledName(
        kind=row["kind"],
        id=row["id"],
        names=row["names"],
        workspace=row["workspace"],
        service=row["service"],
        last_ever=_time(row["last_ever"]),
        asked=_hours(row["requests"], row["first_called"], row["last_called"]),
        known=_hours(row["known_requests"], row["first_known"], row["last_known"]),
    )


def _hours(requests: int, first_s: int, last_s: int) -> Hours:
    return Hours(requests, _time(first_s), _time(last_s)) if requests > 0 else Hours()


def _time(unix_s: int) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)


def _notes(
    listings: Sequence[Listing], known: Mapping[str, TimeSpan], counted: tuple[datetime, datetime]
) -> Iterator[str]:
    yield f"usage is counted from {_written(counted[0])} to {_written(counted[1])}: other calls are not known"
    for each in listings:
        if not each.is_whole and (each.told or each.kind != CREDENTIAL):
            told = " and ".join(each.told) or "not asked for"
            yield f"not all {each.kind}s of {shortened(each.control_plane)} are known ({told})"
    for kind, hours in known.items():
        if hours.start < hours.end:
            told = f"{_written(hours.start)} to {_written(hours.end)}"
            yield f"{kind}s that are not configured are told of calls from {told}"
        else:
            yield f"which {kind}s are called and not configured is not known: no snapshots that list all span an hour"


def _credential_notes(listings: Sequence[Listing], used: CredentialUse) -> Iterator[str]:
    unasked = [each.control_plane for each in listings if each.kind == CREDENTIAL and each.first is None]
    if len(unasked) == sum(each.kind == CREDENTIAL for each in listings):
        yield CREDENTIALS_NOTE
    else:
        yield from (f"no credentials of {shortened(each)} are known" for each in unasked)
    if used.not_known:
        yield (
            f"whether {len(used.not_known):,} credentials are used is not known: their consumers' requests do not all"
            f" tell which they came with (the meter {CREDENTIAL_METER.name} counts that)"
        )


def _written(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%MZ}"


def _newer(count: int) -> Iterator[str]:
    if count:
        yield f"{count:,} that were configured after the last counted hour are left out: their calls are not known yet"
