"""What programs document about their settings, as a TOML file a program, and which settings of a file are not so.

A table of the file has `settings`, type by path, and `required` paths; it `extends` another one. A path is names with
dots between them, `[]` behind a name for each entry of a list, and `*` for any name at the end. Types: `string`,
`boolean`, `integer`, `number`, either of the last two with bounds (`integer 1..10`), `one of A, B`, `anything`, and
`table NAME`, another table of the file.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent

Documented = Mapping[str, Any]
"""The tables of one program by name."""


def documented(program: str) -> Documented:
    """What the file of a program says."""
    return tomllib.loads((_FOLDER / f"{program}.toml").read_text(encoding="utf-8"))


def undocumented(settings: Any, tables: Documented, table: str) -> list[str]:
    """One text for each setting that the table has not, or has with another type, and for each that must be there."""
    types = _types(tables, table)
    wrong = list(_wrong(settings, tables, types, ""))
    found = set(_paths(settings, ""))
    missing = [f"{path} is missing" for path in tables[table].get("required", ()) if path not in found]
    return wrong + missing


def _types(tables: Documented, table: str) -> dict[str, str]:
    base = tables[table].get("extends")
    return {**(_types(tables, base) if base else {}), **tables[table]["settings"]}


def _paths(value: Any, path: str) -> Iterator[str]:
    """The path of every name, of those within too."""
    yield path
    for inner, inner_path in _children(value, path):
        yield from _paths(inner, inner_path)


def _children(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield inner, f"{path}.{name}" if path else str(name)
    elif isinstance(value, list):
        for inner in value:
            yield inner, f"{path}[]"


def _wrong(value: Any, tables: Documented, types: Mapping[str, str], path: str) -> Iterator[str]:
    kind = types.get(path) or types.get(f"{_parent(path, types)}.*")
    if kind is None and isinstance(value, dict | list):
        for inner, inner_path in _children(value, path):
            yield from _wrong(inner, tables, types, inner_path)
    elif kind is None:
        yield f"{path} is not documented"
    elif kind.startswith("table "):
        yield from (f"{path}.{text}" for text in undocumented(value, tables, kind.removeprefix("table ")))
    elif not _is_of(value, kind):
        yield f"{path}: {value!r} is not {kind}"


def _parent(path: str, types: Mapping[str, str]) -> str:
    """The path before the name in which any name may stand; such a name may have dots itself."""
    parents = [known.removesuffix(".*") for known in types if known.endswith(".*")]
    return next((parent for parent in parents if path.startswith(f"{parent}.")), "")


def _is_of(value: Any, kind: str) -> bool:
    name, _, rest = kind.partition(" ")
    match name:
        case "anything":
            return True
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "one":
            return str(value) in rest.removeprefix("of ").split(", ")
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and _is_within(value, rest)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and _is_within(value, rest)
    raise AssertionError(f"{kind} is no type")


def _is_within(value: float, bounds: str) -> bool:
    low, _, high = bounds.partition("..")
    return not bounds or float(low) <= value <= float(high)
