"""Reads files with declarations of meters, and says what is wrong with them by file and line or field."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.lenient.toml import parse_toml
from gatemeter.meters.declaration import MeterDeclaration

_DO = "see docs/meters.md"
_TABLE = "meters"


def load_declarations(
    path: Path, format_names: Collection[str], aliases: Mapping[str, str]
) -> Sequence[MeterDeclaration]:
    """The meters in a TOML file, each a table `[[meters]]`. A format may be named by its alias.

    Raises InputError, which names every field that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    return parse_declarations(text, str(path), format_names, aliases)


def parse_declarations(
    text: str, where: str, format_names: Collection[str], aliases: Mapping[str, str]
) -> Sequence[MeterDeclaration]:
    """As `load_declarations`, of `text`."""
    try:
        document = parse_toml(text, parse_float=Decimal)
    except ValueError as error:  # tomllib names line and column
        raise InputError(f"not TOML: {error}", where=where, do=_DO) from error
    tables = document.pop(_TABLE, None)
    if document or not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        other = f", not {', '.join(document)}" if document else ""
        raise InputError(f"has no meters: write each as a table [[{_TABLE}]]{other}", where=where, do=_DO)
    return [_declaration(number, table, where, format_names, aliases) for number, table in enumerate(tables, 1)]


def _declaration(
    number: int, table: Mapping[str, Any], where: str, format_names: Collection[str], aliases: Mapping[str, str]
) -> MeterDeclaration:
    named = f"{where} meter {table.get('name', number)}"
    given = table.get("format")
    if isinstance(given, str):
        found = aliases.get(given, given)
        if found not in format_names:
            known = ", ".join(format_names)
            raise InputError(f"format: there is no format {given}", where=named, do=f"name one of {known}")
        table = {**table, "format": found}
    try:
        return MeterDeclaration.model_validate(table)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or _TABLE}: {each['msg']}" for each in error.errors())
        raise InputError(wrong, where=named, do=_DO) from error
