"""YAML whose numbers are read exactly: whole numbers as int, all others as Decimal, none as float.

Stricter than YAML in two ways, as prices are at stake: a key that is given twice is refused instead of the first one
being forgotten, and so are numbers in notations that few people read the same way (octal, base 60).

Price books as files.
"""

import os
import re
from collections.abc import Hashable, Iterable
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gatemeter.errors import InputError, SettingsError
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.price_book import PriceBook

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9_]*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\d[\d_]*)?\.?\d[\d_]*\.?([eE][-+]?\d{1,4})?", re.ASCII)

# The C parser is five times as fast and comes with every wheel; a build without it reads the same.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _ExactLoader(_Loader):  # type: ignore[valid-type, misc]  # which of the two it is is known at run time
    """SafeLoader without floats and without repeated keys."""


def load_exact_yaml(text: str, where: str) -> Any:
    """The one document in `text`. Raises SettingsError, naming `where` and the line."""
    try:
        return yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"is no usable YAML: {error.problem}", where=f"{where}{line}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"is no usable YAML: {error}", where=where) from error


def _whole_number(loader: Any, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    if not _WHOLE.fullmatch(text):
        raise _yaml_refusal(node, f"{text} may be read as different numbers; write it in plain decimal digits")
    return int(text.replace("_", ""))


def _decimal_number(loader: Any, node: yaml.ScalarNode) -> Decimal:
    text = loader.construct_scalar(node)
    if not _DECIMAL.fullmatch(text):
        raise _yaml_refusal(node, f"{text} is no number to calculate with; write it in plain decimal digits")
    return Decimal(text.replace("_", ""))


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loader.flatten_mapping(node)
    result: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise _yaml_refusal(key_node, "a list or mapping cannot be a key")
        if key in result:
            raise _yaml_refusal(key_node, f"{key} is given twice; leave one of them out")
        result[key] = loader.construct_object(value_node, deep=True)
    return result


def _yaml_refusal(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_ExactLoader.add_constructor("tag:yaml.org,2002:int", _whole_number)
_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal_number)
_ExactLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


SEED_FILE = "prices.yaml"
_SEED_NAME = "the packaged price book"


def seed_book() -> PriceBook:
    """The price book that comes with this version."""
    text = resources.files("gatemeter.pricing").joinpath(SEED_FILE).read_text(encoding="utf-8")
    return book_from_text(text, _SEED_NAME)


def load_book(path: Path) -> PriceBook:
    """The book in a file. Raises InputError, or SettingsError with file, entry, field, and what to write instead."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        what = f"cannot read the price book: {(error.strerror or str(error)).lower()}"
        raise InputError(what, where=str(path), do="check the path and who may read it") from error
    except UnicodeDecodeError as error:
        raise SettingsError("is no UTF-8 text", where=str(path), do="save it as UTF-8") from error
    return book_from_text(text, str(path))


def load_books(paths: Iterable[Path]) -> list[PriceBook]:
    """The packaged book, then those in `paths`: later ones override earlier ones.

    Where they are in another currency, the packaged book keeps its names of providers and loses its prices.
    """
    own, seed = [load_book(path) for path in paths], seed_book()
    if own and all(book.currency == own[0].currency != seed.currency for book in own):
        seed = seed.model_copy(update={"currency": own[0].currency, "entries": ()})
    return [seed, *own]


def write_book(path: Path, book: PriceBook) -> None:
    """Write `book` to `path`, whole or not at all. Raises SettingsError when it cannot be written."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(book_text(book))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise SettingsError(
            f"cannot write the price book: {error.strerror}", where=str(path), do="name another file"
        ) from error


def book_from_text(text: str, where: str) -> PriceBook:
    """The book that YAML `text` holds; `where` is what errors call it. Raises SettingsError."""
    document = load_exact_yaml(text, where)
    if not isinstance(document, dict):
        raise SettingsError("holds no price book", where=where, do="begin with 'currency: USD' and 'entries:'")
    try:
        return PriceBook.model_validate(document)
    except ValidationError as error:
        raise _refusal(error, document, where) from error


def _refusal(error: ValidationError, document: Any, where: str) -> SettingsError:
    first, *others = error.errors(include_url=False)
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
    # Unions and validators put names of types into the location; those are no fields.
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in location if part != "tuple")


def _message(details: ErrorDetails) -> str:
    match details["type"]:
        case "value_error":
            return str(details["ctx"]["error"])
        case "extra_forbidden":
            return "is no field of a price book; mind the spelling, docs/pricing.md lists the fields"
        case "missing":
            return "is missing; write it"
        case _:
            return f"{details['input']!r} cannot be used; {details['msg'][:1].lower()}{details['msg'][1:]}"
