"""The hours that `--from` and `--to` mean in a time zone.

ClickHouse alone is asked about time zones, since it also makes the periods of reports. Python's database may be another
version, with other rules for the same zone: a month could then be asked for and come back as parts of two.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.errors import SettingsError
from gatemeter.output.text import shortened
from gatemeter.reports.period import TimeSpan, WrittenSpan
from gatemeter.reports.written_time import EARLIEST, WrittenTime, outside_refusal

UTC_ZONE = "UTC"
_HOUR_S = 3600
_MOST_SIMILAR = 3


def span_in_zone(client: Client, span: WrittenSpan, time_zone: str) -> TimeSpan:
    """The hours of `span`, whose times without an offset are those of `time_zone`, an IANA name.

    Of an hour that a clock shows twice it is the first; a day without midnight begins with its first hour. Raises
    SettingsError for a zone that ClickHouse does not know and for times that do not exist there or are not full hours,
    and as `fetch` does.
    """
    if time_zone == UTC_ZONE:
        return span.in_utc()
    require_time_zone(client, time_zone)
    start, end = (_moment_in_zone(client, each, time_zone) for each in (span.start, span.end))
    return span.between(start, end)


def part_of_hour_refusal(time_zone: str, when: str) -> SettingsError:
    """The error for a zone whose days begin within a UTC hour."""
    return SettingsError(
        f"{time_zone} is not whole hours from UTC at {when}, and usage is stored per UTC hour",
        where="--tz",
        do="name a zone whose offsets are whole hours, or UTC",
    )


def require_time_zone(client: Client, time_zone: str) -> None:
    """Raise SettingsError for a zone that ClickHouse does not know, and as `fetch`."""
    [row] = fetch(client, "time_zone_known", {"time_zone": time_zone})
    if not row["zones"]:
        zones = [each["time_zone"] for each in fetch(client, "time_zones", {})]
        raise SettingsError(
            f"{shortened(time_zone)!r} is not a time zone", where="--tz", do=similar_zones(time_zone, zones)
        )


def similar_zones(text: str, zones: Iterable[str]) -> str:
    """The names of `zones` that `text` may stand for: in other letters, without the continent, or misspelt."""
    folded = shortened(text).strip().casefold().replace(" ", "_")
    by_folded = {zone.casefold(): zone for zone in zones}
    cities = sorted((zone for each, zone in by_folded.items() if f"/{each}".endswith(f"/{folded}")), key=len)
    close = cities or [by_folded[each] for each in get_close_matches(folded, by_folded, n=_MOST_SIMILAR)]
    return f"did you mean {' or '.join(close[:_MOST_SIMILAR])}?" if close else "name one as Europe/Berlin or UTC"


def day_begin(client: Client, day: date, time_zone: str) -> datetime:
    """When `day` begins in a zone that ClickHouse knows, in UTC: in some zones within an hour. Raises as `fetch` does.

    A day without midnight begins when clocks are put forward; of a midnight that clocks show twice it is the first.
    """
    if time_zone == UTC_ZONE:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    clock_s = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    rows = fetch(client, "hour_in_zone", {"clock_s": clock_s, "time_zone": time_zone})
    if not rows:
        raise outside_refusal(str(day), "--tz")
    return datetime.fromtimestamp(rows[0]["hour_s"] - rows[0]["late_s"] % _HOUR_S, UTC)


def _moment_in_zone(client: Client, time: WrittenTime | None, time_zone: str) -> datetime | None:
    if time is None:
        return None
    if time.offset is not None:
        return time.in_utc()
    clock_s = int(time.clock.replace(tzinfo=UTC).timestamp())
    rows = fetch(client, "hour_in_zone", {"clock_s": clock_s, "time_zone": time_zone})
    if not rows or (rows[0]["late_s"] and rows[0]["hour_s"] == EARLIEST.timestamp()):
        raise outside_refusal(time.text, time.flag)
    if rows[0]["late_s"] % _HOUR_S:
        raise part_of_hour_refusal(time_zone, time.text)
    if rows[0]["late_s"] and time.is_hour:
        raise SettingsError(
            f"{time.text!r} does not exist in {time_zone}: clocks are put forward then",
            where=time.flag,
            do="name the hour after it",
        )
    return datetime.fromtimestamp(rows[0]["hour_s"], UTC)
