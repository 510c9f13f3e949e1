"""`gatemeter prices`: what calls to language models cost, and where the prices come from."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gatemeter.cli.options.file_format import texts_of_format
from gatemeter.cli.options.metering import format_option, reading_options
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError, ExitCode
from gatemeter.escaping import escaped
from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.explain import explain_decoding
from gatemeter.metering.ruleset import Metering
from gatemeter.output.layout import TableLayout
from gatemeter.pricing.book_files import (
    load_book,
    packaged_books,
    packaged_files,
    price_table,
    seed_book,
    write_book,
)
from gatemeter.pricing.book_lint import BookWarning, lint_warnings
from gatemeter.pricing.book_refresh import BookChange, book_changes, refreshed_book
from gatemeter.pricing.cost import CostEvidence
from gatemeter.pricing.coverage import ModelCoverage, PriceCoverage
from gatemeter.pricing.price_list import ListedPrice, list_prices
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import PricedUsage, usage_of_call
from gatemeter.pricing.published_prices import published_book
from gatemeter.reports.written_time import parse_moment

_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)
_HOUR_S = 3600
_PER_TOKEN = (
    *("input", "output", "cache_read", "cache_write", "cache_write_1h"),
    *("reasoning", "audio_input", "audio_output", "embedding"),
)
_PRICES = TableLayout(
    keys=("provider", "model", "consumer", "service_tier", "context_above_tokens"),
    never_cut=("model", "price_version"),
    most_important=("input", "output", "currency"),
    first_left_out=(
        *("price_version", "evidence", "embedding", "audio_output", "audio_input", "reasoning"),
        *("cache_write_1h", "cache_write", "cache_read", "per_call"),
    ),
    money=dict.fromkeys((*_PER_TOKEN, "per_call"), ""),
    captions=("prices of a million tokens; per_call: of one call",),
)


@click.group("prices", cls=SuggestingGroup, short_help="List, check and refresh the prices of language models.")
def command() -> None:
    """Read price books: the packaged one, and your own. docs/pricing.md describes the file."""


@command.command("list")
@click.option(
    "--prices", type=_FILE, multiple=True, metavar="FILE", help="A price book of your own; may be repeated, later wins."
)
@click.option("--provider", metavar="NAME", default="", help="Only this provider's, as the gateway or book calls it.")
@click.option("--model", metavar="NAME", default="", help="Only what a call of this model would pay.")
@click.option("--at", metavar="WHEN", help="The hour, UTC: 2026-02-01 or 2026-02-01T10:00; without it, now.")
@form_options
def list_command(prices: Sequence[Path], provider: str, model: str, at: str | None, *, form: ResultForm) -> None:
    """The prices in force, per million tokens. Of those that fit a call, the upper one counts."""
    moment = parse_moment(at, flag="--at") if at else SystemClock().now()
    hour_s = int(moment.timestamp()) // _HOUR_S * _HOUR_S
    rows = list_prices(price_table(prices), hour_s, provider, model)
    output([dataclasses.asdict(row) for row in rows], _names(ListedPrice), form, _PRICES)
    if not rows:
        _note("no price: such calls are counted as unpriced")


@command.command("lint")
@click.argument("files", type=_FILE, nargs=-1, metavar="[FILE]...")
@click.option("--strict", is_flag=True, help="End with exit code 9 if there is a warning.")
@form_options
def lint_command(files: Sequence[Path], *, strict: bool, form: ResultForm) -> ExitCode:
    """Check price books of your own together with the packaged ones; without FILE, the packaged ones.

    A book that cannot be used is an error. A warning is what a book says and probably does not mean.
    """
    price_table(files)
    own = [(str(path), load_book(path)) for path in files]
    packaged = list(zip(packaged_files(), packaged_books(), strict=True))
    for name, book in own:
        count = len(book.entries)
        _note(f"{name}: {count} {'entry' if count == 1 else 'entries'}, {book.currency}")
    warnings = list(lint_warnings([*packaged, *own], [name for name, _ in own or packaged]))
    if form.is_table:
        for warning in warnings:
            say(str(warning), err=False)
    else:
        output([dataclasses.asdict(warning) for warning in warnings], _names(BookWarning), form)
    return ExitCode.DIFFERENCE if warnings and strict else ExitCode.OK


@command.command("coverage")
@click.argument(
    "paths",
    metavar="LOG...",
    nargs=-1,
    required=True,
    type=click.Path(readable=False, path_type=Path, allow_dash=True),
)
@reading_options
@format_option
@click.option("--all", "is_all", is_flag=True, help="Also the models whose calls are all priced.")
@click.option("--strict", is_flag=True, help="End with exit code 9 if a call has no price, or a doubtful one.")
@form_options
def coverage_command(
    paths: Sequence[Path],
    metering: Metering,
    format: str,  # noqa: A002
    *,
    is_all: bool,
    strict: bool,
    form: ResultForm,
) -> ExitCode:
    """Which models of the logs have no price, or only a doubtful one, and why. Nothing is stored.

    LOG is read as by decode: plain, .gz or .zst; `-` is standard input. Only the prices are looked at, not how far the
    counts of tokens can be relied on.
    """
    packaged = PriceTable.from_books(packaged_books())
    left_out = packaged if packaged.currency != metering.prices.currency else None
    coverage, unread = PriceCoverage(metering.prices, left_out), 0
    for path in paths:
        texts, log_format = texts_of_format(path, format)
        for _, text in texts:
            for explanation in explain_decoding(text, metering.times, log_format):
                unread += explanation.event is None
                for usage in _usages(explanation.event):
                    coverage.add(usage)
    rows = list(coverage.rows())
    open_rows = [row for row in rows if row.evidence != CostEvidence.COMPUTED]
    output([dataclasses.asdict(row) for row in (rows if is_all else open_rows)], _names(ModelCoverage), form)
    calls = sum(row.calls for row in rows)
    _note(f"{sum(row.calls for row in open_rows)} of {calls} calls have no price, or a doubtful one")
    if unread:
        _note(f"{unread} events cannot be read; gatemeter decode says why")
    return ExitCode.DIFFERENCE if open_rows and strict else ExitCode.OK


def _usages(event: AccessEvent | None) -> Iterator[PricedUsage]:
    if event is not None:
        caller = event.caller
        consumers = (caller.consumer_id, caller.consumer_username, caller.consumer_custom_id)
        yield from (usage_of_call(call, caller.hour, consumers) for call in event.llm_calls)


@command.command("refresh")
@click.option(
    "--write",
    type=_FILE,
    metavar="FILE",
    help="Write the refreshed book; a book that FILE holds already is compared, and gets all published models.",
)
@click.option(
    "--from",
    "from",
    cls=TableOnlyOption,
    metavar="WHEN",
    help="Changed prices begin here, UTC: 2026-02-01 or 2026-02-01T10:00; without it, today.",
)
@form_options
def refresh_command(write: Path | None, *, form: ResultForm, **span: str | None) -> None:
    """Compare a price book with what the installed genai-prices holds, and bring it up to date.

    Compared is the packaged book, or the one in --write FILE if that is there. Nothing before --from changes.
    """
    midnight = SystemClock().now().replace(hour=0, minute=0, second=0, microsecond=0)
    first_hour = parse_moment(span["from"], flag="--from") if span["from"] else midnight
    current = load_book(write) if write is not None and write.exists() else seed_book()
    published = published_book()
    if current.currency != published.currency:
        raise ConflictError(
            f"holds prices in {current.currency}, and published prices are in {published.currency}",
            where=str(write),
            do="write the published prices into another file, and give both with --prices where one is not enough",
        )
    refreshed = refreshed_book(current, published, first_hour)
    changes = list(book_changes(current, refreshed, published))
    output([dataclasses.asdict(change) for change in changes], _names(BookChange), form)
    if write is not None:
        write_book(write, refreshed)
        _note(f"{write}: {len(refreshed.entries)} models, {len(changes)} changes to review")
    elif not changes:
        _note("no differences")


def _names(row_type: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(row_type)]


def _note(text: str) -> None:
    Console(stderr=True, highlight=False).print(escaped(text), markup=False, soft_wrap=True)
