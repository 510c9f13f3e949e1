"""Files, modules and names of the code that documents mention are there.

Records of decisions are left out: they say what was so when they were written.
"""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT, STAGES, documents

QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|sql|toml)")
NAME = re.compile(r"[a-z]\w*(?:\.\w+)+")
PLACES = (ROOT, *(ROOT / stage for stage in STAGES), *(ROOT / stage / "gatemeter" for stage in STAGES))
PACKAGES = {path.name for stage in STAGES for path in (ROOT / stage / "gatemeter").iterdir() if path.is_dir()}
PRESENT = [path for path in documents() if path.parent.name != "adr"]


def quoted(path: Path) -> list[str]:
    return QUOTED.findall(path.read_text(encoding="utf-8"))


def missing_files(path: Path) -> Iterator[str]:
    """NAME stands for what a reader chooses."""
    for text in quoted(path):
        is_named = FILE.fullmatch(text) and "NAME" not in text
        if is_named and not any((place / text).exists() for place in (*PLACES, path.parent)):
            yield text


def missing_names(path: Path) -> Iterator[str]:
    for text in quoted(path):
        if NAME.fullmatch(text) and not FILE.fullmatch(text):
            name = text.removeprefix("gatemeter.")
            if (name != text or name.partition(".")[0] in PACKAGES) and not is_there(name) and not is_data(name):
                yield text


def is_there(name: str) -> bool:
    """Whether `name` is a module, or something in one."""
    head, _, last = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(f"gatemeter.{head}" if head else "gatemeter"), last) or is_module(name)
    except ModuleNotFoundError:
        return False


def is_module(name: str) -> bool:
    return importlib.util.find_spec(f"gatemeter.{name}") is not None


def is_data(name: str) -> bool:
    """Whether it is a file with the name of a package, as `plans.toml`."""
    return name.rpartition(".")[2] in {"toml", "yaml", "json", "jsonl", "csv", "log", "py"}


@pytest.mark.parametrize("path", PRESENT, ids=lambda path: path.name)
def test_what_a_document_names_of_the_code_is_there(path: Path) -> None:
    assert [*missing_files(path), *missing_names(path)] == []


def test_a_name_that_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`events.shapes.text_shape` `events.shapes.gone` `metering/gone.py` `metering/epoch.py` `plans.toml`"
    )
    assert [*missing_files(page), *missing_names(page)] == ["metering/gone.py", "events.shapes.gone"]
