"""`gatemeter verify --against`: what a gateway counted itself, beside what is counted here."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.output import ResultForm, output, say
from gatemeter.clickhouse.connection import is_read_only
from gatemeter.clickhouse.errors import is_forbidden
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, SettingsError, StopError
from gatemeter.losses.causes import Cause
from gatemeter.losses.comparison import ComparedCount, GatewayComparison, compare
from gatemeter.losses.counter_file import GatewayCounters
from gatemeter.losses.gap import Tolerance
from gatemeter.losses.log_plugins import fetch_log_plugins
from gatemeter.losses.own_requests import fetch_own_requests
from gatemeter.losses.remembered import record_comparison
from gatemeter.losses.window import day_borders, month_borders, utc_text
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import OutputFormat, json_text
from gatemeter.output.text import count_of, shortened
from gatemeter.wiring.store import open_store

_TABLE = TableLayout(
    columns=("month", "counted_by", "gateway", "counted", "gap", "cause", "per_cent", "dead_letters"),
    keys=("month", "counted_by"),
    most_important=("gap", "gateway", "cause", "counted"),
    first_left_out=("dead_letters", "per_cent"),
)
_CSV_COLUMNS = (
    *("month", "from", "to", "counter", "scope", "certainty", "service", "gateway", "counted_least", "counted_most"),
    *("dead_letters_most", "gap_least", "gap_most", "restarts", "cause", "reason", "is_finding"),
)


@dataclass(frozen=True, slots=True)
class Against:
    """What --against and the options beside it say: the files, and how to compare and print."""

    files: Sequence[Path]
    tolerance: Tolerance
    month_zone: tzinfo | None
    form: ResultForm

    def compared(self, data: Path | None, clickhouse: str | None, topics: Sequence[str]) -> ExitCode:
        """Compare with what is counted of `topics`, or of all, and print it; remembered if the login may write.

        Raises InputError for files that cannot be used, as `open_store` and as `fetch`.
        """
        counters = GatewayCounters.of_files(self.files)
        for where, undated in counters.undated():
            say(f"{where}: {count_of(undated, 'request')} of UNKNOWN, which is no month, compared with nothing")
        months = counters.readings(month_borders, self.month_zone)
        days = GatewayCounters(counters.scrapes).readings(day_borders, self.month_zone)
        with open_store(data, clickhouse) as client:
            own = fetch_own_requests(client, [each.window for each in months], topics)
            plugins = fetch_log_plugins(client)
            comparison = compare(months, days, own, self.tolerance, SystemClock().now(), plugins)
            _output(comparison, self.form)
            # Last: where it fails the outcome was told.
            _remember(client, comparison)
        return ExitCode.DIFFERENCE if comparison.findings else ExitCode.OK


def _remember(client: Client, comparison: GatewayComparison) -> None:
    if is_read_only(client):
        return
    try:
        record_comparison(client, comparison)
    except StopError as error:
        if not is_forbidden(error):
            raise


def against_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --against, --tolerance, --month-zone and --csv beside --json; `command` gets `against: Against | None`."""

    @click.option(
        "--against",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path, readable=False),
        help="A gateway's own counters (license report, Prometheus metrics, status API), to compare with what is "
        "counted; repeat it for each scrape and node (docs/loss.md).",
    )
    @click.option(
        "--tolerance",
        metavar="GAP",
        help="With --against, accept a gap of so many requests, or of a share of them: 0.1% [default: 0].",
    )
    @click.option(
        "--month-zone",
        metavar="ZONE",
        help="With --against, the time zone of the months in license reports [default: the bound holds all].",
    )
    @click.option("--csv", is_flag=True, help="With --against, CSV with a header line.")
    @functools.wraps(command)
    def with_against(
        *arguments: Any, json: bool, tolerance: str | None, month_zone: str | None, csv: bool, **options: Any
    ) -> Any:
        files = options.pop("against")
        if not files and (tolerance is not None or month_zone is not None or csv):
            raise SettingsError("--tolerance, --month-zone and --csv say how to compare", do="add --against FILE")
        form = ResultForm(OutputFormat.CSV if csv else OutputFormat.JSON if json else OutputFormat.TABLE)
        if csv and json:
            raise SettingsError("--json and --csv are both given", do="give one of them")
        against = Against(files, Tolerance.parse(tolerance or "0"), parse_zone(month_zone), form) if files else None
        return command(*arguments, json=json, against=against, **options)

    return with_against


def parse_zone(name: str | None) -> tzinfo | None:
    """The time zone that --month-zone names. Raises SettingsError."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = f"{shortened(name or '')!r} is not a time zone"
        raise SettingsError(what, where="--month-zone", do="write one as Europe/Berlin or UTC") from None


def _output(comparison: GatewayComparison, form: ResultForm) -> None:
    """Write it: JSON as one object, CSV as a row for each count, or a table with the reasons below it."""
    if form.format is OutputFormat.JSON:
        click.echo(json_text(comparison.record()), nl=False)
    elif form.format is OutputFormat.CSV:
        output((each.record() for each in comparison.counts), _CSV_COLUMNS, form)
    else:
        output((_table_row(each) for each in comparison.counts), _TABLE.columns, form, _TABLE)
        for line in _below(comparison):
            say(line, err=False)


def _table_row(count: ComparedCount) -> dict[str, Any]:
    gap, reading = count.gap, count.gap.reading
    counted = (
        f"{gap.counted.least:,}"
        if gap.counted.least == gap.counted.most
        else f"{gap.counted.least:,} to {gap.counted.most:,}"
    )
    return {
        "month": reading.window.month or "not known",
        "counted_by": f"service {reading.service}" if reading.service else reading.counter,
        "gateway": reading.seen,
        "counted": counted,
        "gap": gap.text(),
        "cause": str(count.explained.cause),
        "per_cent": gap.per_cent(),
        "dead_letters": gap.dead_letters,
    }


def _below(comparison: GatewayComparison) -> Iterator[str]:
    """The window and nodes of each sum, the reason of each gap that is not that of its sum, and what it comes to."""
    of_sum = comparison.counts[0].explained if comparison.counts else None
    for count in comparison.counts:
        reading, window = count.gap.reading, count.gap.reading.window
        where = f"{window.month or 'not known since when'}, {reading.service or reading.counter}"
        if not reading.service:
            since = "a time that is not known" if window.is_since_unknown else utc_text(window.start.earliest)
            nodes = ", ".join(f"{node or 'without a name'} {seen:,}" for node, seen in count.nodes.items())
            yield f"{where}: {reading.scope}, from {since} to {utc_text(window.end.latest)}; nodes: {nodes}"
            if len(count.nodes) > 1:
                yield f"{where}: how many are missing of each node is not known, for events do not tell their node"
        if count.explained.cause is not Cause.NONE and (not reading.service or count.explained != of_sum):
            yield f"{where}: {count.explained.cause}: {count.explained.reason}"
        of_sum = of_sum if reading.service else count.explained
    yield _conclusion(comparison)


def _conclusion(comparison: GatewayComparison) -> str:
    found = f"{count_of(comparison.findings, 'gap')} beyond the bound and the tolerance of {comparison.tolerance}"
    hint = "what each cause means and what to do: docs/loss.md"
    return (
        f"{found}; {hint}"
        if comparison.findings
        else f"no gap is certain beyond the tolerance of {comparison.tolerance}"
    )
