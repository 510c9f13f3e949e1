"""Files in TOML, YAML or JSON that declare something, and what is wrong in them by line and field."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError

from gatemeter.errors import InputError
from gatemeter.inventory.documents import read_document
from gatemeter.lenient.toml import parse_toml
from gatemeter.plans.plain_faults import plain_fault

Location = tuple[int | str, ...]
"""A place in a document: names of members and places of lists, from the outermost."""

_YAML_SUFFIXES = (".yaml", ".yml", ".json")
_ENTRY_BEGIN = re.compile(r"\s*(\[\[|-\s|\{)")


def read_declared(path: Path, do: str) -> Any:
    """The document, whose numbers are exact: of YAML texts, else int and Decimal. Raises InputError."""
    if path.suffix in _YAML_SUFFIXES:
        return read_document(path, Decimal, do)
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    except ValueError as error:  # also of text that is not UTF-8; tomllib names line and column
        raise InputError(f"not TOML: {error}", where=str(path), do=do) from error


def faults(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Location, str]]:
    """What is wrong where in what was read as `model`.

    Of a list that is too short only because its entries are wrong, only these.
    """
    found = error.errors()
    for each in found:
        place = each["loc"]
        if not any(place == other["loc"][: len(place)] and other is not each for other in found):
            yield place, plain_fault(each, model)


def refusal(
    path: Path, document: Any, found: Sequence[tuple[Location, str]], do: str, left_out: tuple[str, ...] = ()
) -> InputError:
    """The error for what is wrong: it names the line of the first fault, and line and field of all others."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line_of(text, place, document) for place, _ in found]
    told = [place_text(place, document, left_out) + what for place, what in found]
    others = (f"line {line}: {what}" for line, what in zip(lines[1:], told[1:], strict=True))
    return InputError("; ".join((told[0], *others)), where=f"{path}:{lines[0]}", do=do)


def zone_fault(name: str) -> str | None:
    """What is wrong with the name of a time zone; None also where this computer has no list of zones."""
    zones = _zones()
    return f"{name!r} is not a time zone; as Europe/Berlin" if zones and name not in zones else None


@cache
def _zones() -> set[str]:
    return available_timezones()


def place_text(location: Location, document: Any, left_out: tuple[str, ...] = ()) -> str:
    """`plan starter, charge requests, tiers: `: places of a list by the names that stand there."""
    words: list[str] = []
    here = document
    for step in location:
        here = _below(here, step)
        if isinstance(step, str):
            words.append(step)
            continue
        name = _name(here)
        within = words.pop().removesuffix("s") if words else "entry"
        words.append(f"{within} {name if name is not None else step + 1}")
    shown = [each for each in words if each not in left_out]
    return ", ".join(shown) + ": " if shown else ""


def line_of(text: str, location: Location, document: Any) -> int:
    """The line in `text`, from 1, of an entry of a list at the top of `document`, of an entry of a list in it, or of a
    member of either.

    It is found by the entry's name, for readers of these formats keep no lines; without one, as well as can be.
    """
    lines = text.splitlines()
    if len(location) < 2 or not isinstance(location[1], int):
        return _line_with(lines, str(location[0]), 0, len(lines)) + 1 if location else 1
    table, place, rest = str(location[0]), location[1], location[2:]
    begin, end = _entry_lines(lines, table, place, _below(document, table))
    here = _below(_below(document, table), place)
    if len(rest) > 1 and isinstance(rest[1], int):
        entries = _below(here, rest[0])
        nested = _nested_lines(lines[: _next_header(lines, table, begin)], location, entries, begin, end)
        if nested is not None:
            (begin, end), here, rest = nested, _below(entries, rest[1]), rest[2:]
    members = [each for each in rest if isinstance(each, str) and isinstance(here, dict) and each in here]
    return (_line_with(lines, members[0], begin, end) if members else begin) + 1


def _entry_lines(lines: list[str], table: str, place: int, entries: Any) -> tuple[int, int]:
    """The first line of an entry, and the one behind its last."""
    headers = _headers(lines, re.escape(table), 0)
    if place < len(headers):
        return headers[place], _table_end(lines, headers[place])
    return _named_lines(lines, entries, place, 0) or (_line_with(lines, table, 0, len(lines)), len(lines))


def _nested_lines(lines: list[str], location: Location, entries: Any, begin: int, end: int) -> tuple[int, int] | None:
    """The same of an entry of a list in the entry that `begin` and `end` are of; None where it has no name."""
    table, _, member, place, *_ = location
    headers = _headers(lines, rf"{re.escape(str(table))}\s*\.\s*{re.escape(str(member))}", begin)
    if int(place) < len(headers):
        return headers[int(place)], _table_end(lines, headers[int(place)])
    return _named_lines(lines, entries, int(place), _line_with(lines, str(member), begin, end))


def _named_lines(lines: list[str], entries: Any, place: int, first: int) -> tuple[int, int] | None:
    """The lines from `first` on of the entry that stands at `place` in `entries`, by its name."""
    name = _name(_below(entries, place))
    earlier = [_name(each) for each in entries[:place]] if isinstance(entries, list) else []
    said = re.compile(rf"""\b(?:name|id)["']?\s*[:=]\s*["']?{re.escape(name or "")}["']?\s*([,}}#].*)?$""")
    named = [number for number in range(first, len(lines)) if said.search(lines[number])] if name else []
    if earlier.count(name) >= len(named):
        return None
    found = named[earlier.count(name)]
    begin = next((number for number in range(found, first - 1, -1) if _ENTRY_BEGIN.match(lines[number])), found)
    end = next((number for number in range(found + 1, len(lines)) if _ENTRY_BEGIN.match(lines[number])), len(lines))
    return begin, end


def _headers(lines: list[str], table: str, first: int) -> list[int]:
    """Where entries of a table of TOML begin, whose name is the pattern `table`."""
    header = re.compile(rf"\s*\[\[\s*{table}\s*\]\]")
    return [number for number in range(first, len(lines)) if header.match(lines[number])]


def _next_header(lines: list[str], table: str, begin: int) -> int:
    return next(iter(_headers(lines, re.escape(table), begin + 1)), len(lines))


def _table_end(lines: list[str], begin: int) -> int:
    return next((number for number in range(begin + 1, len(lines)) if lines[number].startswith("[")), len(lines))


def _line_with(lines: list[str], member: str, begin: int, end: int) -> int:
    said = re.compile(rf"""(^|[\s,{{\["'])({re.escape(member)})["'\]]*\s*([:=\]]|$)""")
    return next((number for number in range(begin, end) if said.search(lines[number])), begin)


def _name(entry: Any) -> str | None:
    name = entry.get("name", entry.get("id")) if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


def _below(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return here
