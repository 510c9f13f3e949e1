"""`gatemeter prices`: what calls to language models cost, and where the prices come from."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError
from gatemeter.escaping import escaped
from gatemeter.output.layout import TableLayout
from gatemeter.pricing.book_files import load_book, load_books, price_table, seed_book, write_book
from gatemeter.pricing.book_lint import lint_warnings
from gatemeter.pricing.book_refresh import BookChange, book_changes, refreshed_book
from gatemeter.pricing.price_list import ListedPrice, list_prices
from gatemeter.pricing.price_table import PriceTable
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


@command.command("check")
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
def check_command(files: Sequence[Path]) -> None:
    """Check price books, alone and together with the packaged one."""
    books = [load_book(path) for path in files]
    PriceTable.from_books(load_books(files))
    seed = seed_book()
    for path, book in zip(files, books, strict=True):
        count = len(book.entries)
        say(f"{path}: {count} {'entry' if count == 1 else 'entries'}, {book.currency}", err=False)
        for warning in lint_warnings(book, seed):
            _note(f"{path}: {warning}")


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
