"""Price books as files: TOML whose numbers are read to the last digit.

Decimal numbers are read as Decimal and never as float. TOML itself refuses a key that is given twice, and whole numbers
with a leading zero.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gatemeter.errors import InputError, SettingsError
from gatemeter.lenient.toml import parse_toml
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.price_table import PriceTable
from gatemeter.whole_file import whole_file

SEED_FILE = "prices.toml"
PACKAGED_FILES = ("names.toml", SEED_FILE, "overlay.toml")
"""How the names of models are written, the published prices, and what is corrected of these; later books override."""
_MISSPELT = "extra_forbidden"
_YAML_SUFFIXES = {".yaml", ".yml"}


def seed_book() -> PriceBook:
    """The published prices that come with this version, without corrections."""
    return _packaged_book(SEED_FILE)


def packaged_books() -> list[PriceBook]:
    """All books that come with this version, from the least to the most important."""
    return [_packaged_book(name) for name in packaged_files()]


def packaged_files() -> list[str]:
    """The names of the files of `packaged_books`."""
    there = {each.name for each in resources.files("gatemeter.pricing").iterdir()}
    return [name for name in PACKAGED_FILES if name in there]


def _packaged_book(name: str) -> PriceBook:
    text = resources.files("gatemeter.pricing").joinpath(name).read_text(encoding="utf-8")
    return book_from_text(text, f"the packaged {name}")


def load_book(path: Path) -> PriceBook:
    """The book in a file. Raises InputError, or SettingsError with file, entry, field, and what to write instead."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        what = f"cannot read the price book: {(error.strerror or str(error)).lower()}"
        raise InputError(what, where=str(path), do="check the path and who may read it") from error
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", where=str(path), do="save it as UTF-8") from error
    if path.suffix.lower() in _YAML_SUFFIXES:
        what, do = "is YAML, and price books are TOML", "convert it once: docs/pricing.md has the command"
        raise SettingsError(what, where=str(path), do=do)
    return book_from_text(text, str(path))


def price_table(paths: Sequence[Path]) -> PriceTable:
    """The packaged price books, and the books in `paths` on top of them. Raises InputError and SettingsError."""
    books = load_books(paths)
    packaged = ["the packaged prices"] * (len(books) - len(paths))
    return PriceTable.from_books(books, [*packaged, *map(str, paths)])


def load_books(paths: Iterable[Path]) -> list[PriceBook]:
    """The packaged books, then the books in `paths`: later ones override earlier ones.

    Where all books in `paths` are in another currency, the packaged prices are converted if those books have an
    exchange rate for them; else the packaged books keep the names of providers and models and lose their prices.
    """
    own, packaged = [load_book(path) for path in paths], packaged_books()
    if own and all(book.currency == own[0].currency != packaged[0].currency for book in own):
        can_convert = any(rate.source_currency == packaged[0].currency for book in own for rate in book.exchange_rates)
        packaged = [_in_currency(book, own[0].currency, can_convert) for book in packaged]
    return [*packaged, *own]


def _in_currency(book: PriceBook, currency: str, can_convert: bool) -> PriceBook:
    entries = [entry.model_copy(update={"currency": entry.currency or book.currency}) for entry in book.entries]
    return book.model_copy(update={"currency": currency, "entries": tuple(entries) if can_convert else ()})


def write_book(path: Path, book: PriceBook) -> None:
    """Write `book` to `path`, whole or not at all. Raises SettingsError when it cannot be written."""
    try:
        with whole_file(path) as file:
            file.write(book_text(book).encode())
    except OSError as error:
        raise SettingsError(
            f"cannot write the price book: {error.strerror}", where=str(path), do="name another file"
        ) from error


def book_from_text(text: str, where: str) -> PriceBook:
    """The book that TOML `text` holds; errors name it `where`. Raises SettingsError."""
    try:
        document = parse_toml(text, parse_float=_exact)
    except ValueError as error:
        do = "docs/pricing.md shows how price books are written"
        raise SettingsError(f"is not valid TOML: {error}", where=where, do=do) from error
    if not document:
        raise SettingsError("holds no price book", where=where, do="begin with 'currency = \"USD\"'")
    try:
        return PriceBook.model_validate(document)
    except ValidationError as error:
        raise _refusal(error, document, where) from error


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        msg = f"{text} is not a number to calculate with"
        raise ValueError(msg) from error


def _refusal(error: ValidationError, document: dict[str, Any], where: str) -> SettingsError:
    # A misspelt name explains why another one is missing.
    first, *others = sorted(error.errors(include_url=False), key=lambda each: each["type"] != _MISSPELT)
    place = " ".join(filter(None, [where, _entry_name(first, document), _field_name(first)]))
    what, _, do = _message(first).partition("; ")
    more = f" (and {len(others)} more)" if others else ""
    return SettingsError(what + more, where=place, do=do)


def _entry_name(details: ErrorDetails, document: dict[str, Any]) -> str:
    """`entry 3 (openai/gpt-4o)`: people find an entry by its model, also in a file of thousands of lines."""
    match details["loc"]:
        case ("entries", int(index), *_):
            entry = document["entries"][index]
            names = [str(entry.get(name, "?")) for name in ("provider", "model")] if isinstance(entry, dict) else []
            return f"entry {index + 1}" + (f" ({'/'.join(names)})" if names else "")
    return ""


def _field_name(details: ErrorDetails) -> str:
    location = details["loc"][2:] if details["loc"][:1] == ("entries",) else details["loc"]
    # Unions and validators put names of types into the location; people know only fields.
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in location if part != "tuple")


def _message(details: ErrorDetails) -> str:
    match details["type"]:
        case "value_error":
            return str(details["ctx"]["error"])
        case "extra_forbidden":
            close = get_close_matches(str(details["loc"][-1]), _field_names(), 1)
            do = f"did you mean {close[0]}?" if close else "docs/pricing.md lists the fields"
            return f"is not a field of a price book; {do}"
        case "missing":
            return "is missing; write it"
        case _:
            return f"{details['input']!r} cannot be used; {details['msg'][:1].lower()}{details['msg'][1:]}"


def _field_names() -> set[str]:
    schema = PriceBook.model_json_schema()
    return {name for model in (schema, *schema.get("$defs", {}).values()) for name in model.get("properties", {})}
