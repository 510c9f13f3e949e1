"""A format is known by its folder and the registry alone: no other code of streams/ names one.

The inventory reads no events: it may name the vendor whose gateways it asks.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.formats.registry import FORMATS
from tests.support.repository import ROOT

STREAMS = ROOT / "streams" / "gatemeter"
FOLDERS = sorted(path.parent.name for path in (STREAMS / "formats").glob("*/format.py"))


@functools.cache
def names_of(path: Path) -> frozenset[str]:
    """`names_in` a file."""
    return frozenset(names_in(path.read_text(encoding="utf-8")))


def names_in(source: str) -> Iterator[str]:
    """Every identifier, imported module and text constant of a module, in lower case; docstrings may name anything."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.lower() for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield from (f"{module}.{alias.name}".lower() for alias in names)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name.lower()
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name.lower()
            case ast.Constant(value=str(text)) if " " not in text:
                yield text.lower()


def naming(folder: str) -> list[str]:
    """The modules outside of `folder` and the registry that name it; `kong.api_request` is a type of CloudEvents."""
    words = {folder, *(each.name for each in FORMATS if each.read.__module__ == f"gatemeter.formats.{folder}.format")}
    found = []
    for path in sorted(STREAMS.rglob("*.py")):
        is_own = (STREAMS / "formats" / folder) in path.parents or path == STREAMS / "formats" / "registry.py"
        if is_own or STREAMS / "inventory" in path.parents:
            continue
        used = {used for used in names_of(path) if not used.startswith(folder + ".")}
        if any(re.search(rf"(?<![a-z]){word}", each) for word in words for each in used):
            found.append(str(path.relative_to(STREAMS)))
    return found


def test_every_folder_holds_a_registered_format() -> None:
    by_code = {each.read.__module__.split(".")[-2] for each in FORMATS} - {"field_mapping"}
    assert sorted(by_code) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_code_outside_of_its_folder_names_a_format(folder: str) -> None:
    assert naming(folder) == []


def test_a_name_in_an_import_or_a_text_is_found() -> None:
    used = set(names_in('from gatemeter.formats.kong.format import KONG_LOG\nx = "kong-log"'))
    assert used >= {"gatemeter.formats.kong.format.kong_log", "kong-log"}
