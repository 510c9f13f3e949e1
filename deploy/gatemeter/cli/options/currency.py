"""The option of reports of costs: price books that know the currency of what was stored."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gatemeter.cli.options.prices import prices_option
from gatemeter.errors import InputError, SettingsError

if TYPE_CHECKING:
    from gatemeter.pricing.price_table import PriceTable


def currency_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--prices` to a command that shows costs; `command` gets `prices: tuple[Path, ...]`."""
    return prices_option(
        command,
        purpose="The price books that costs were computed with, as given to meter or worker: they name the currency.",
    )


def currency_books(paths: Sequence[Path]) -> "list[PriceTable]":
    """The packaged price book and those of `currency_option`, each a table by itself: they may be in any currencies.

    Raises InputError and SettingsError, which say where the path comes from and what the book is read for.
    """
    # Other reports do without books, and start in half the time.
    from gatemeter.pricing.book_files import load_book, price_table
    from gatemeter.pricing.price_table import PriceTable

    try:
        return [price_table(()), *(PriceTable.from_books([load_book(path)], [str(path)]) for path in paths)]
    except (InputError, SettingsError) as error:
        where = f"{error.where} (from {_origin('prices')})"
        do = f"{error.do}; the book is read for the currency of costs"
        raise type(error)(error.what, where=where, do=do) from error


def _origin(option: str) -> str:
    """Where the value of the present command's `option` was given."""
    match click.get_current_context().get_parameter_source(option):
        case ParameterSource.ENVIRONMENT:
            return f"GATEMETER_{option.upper()}"
        case ParameterSource.DEFAULT_MAP:
            return "the settings file"
        case _:
            return f"--{option}"
