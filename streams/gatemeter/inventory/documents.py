"""Reads YAML or JSON files that nobody vouches for: no objects of Python, bounded nesting and expansion of aliases."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from gatemeter.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 5_000_000
"""Values of a document with each alias counted as what it stands for."""

_DO = "give a decK file, Kong's declarative configuration, or a license report"


class _Loader(yaml.CSafeLoader):
    """Reads only true, false and null as other than texts; YAML 1.1 makes something else of `on`, `1_0` and dates."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|)\Z"), ["~", "n", ""])


def read_document(path: Path, parse_float: Callable[[str], Any] = float) -> Any:
    """The document in a file: of YAML all values but true, false and null are texts.

    `parse_float` makes the numbers of JSON that are not whole.

    Raises InputError, which repeats nothing of the file but a position in it.
    """
    text = _bytes_of(path)
    if text.lstrip()[:1] == b"{":
        return _json(text, path, parse_float)
    try:
        _require_bounded(text)
        return yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader with fewer types
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        problem = getattr(error, "problem", None) or str(error) or "is nested too deeply"
        raise InputError(f"is not YAML that can be read: {problem}", where=where, do=_DO) from error


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    if len(text) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes", where=str(path), do="split it")
    return text


def _json(text: bytes, path: Path, parse_float: Callable[[str], Any]) -> Any:
    try:
        return msgspec.json.Decoder(float_hook=parse_float).decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError("is not JSON that can be read", where=str(path), do=_DO) from error


def _require_bounded(text: bytes) -> None:
    """Raises ValueError before anything is built of a document that is too large once its aliases are filled in."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in _events(text):
        if isinstance(event, yaml.AliasEvent):
            total += sizes.get(str(event.anchor), 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
        if total > MAX_NODES or len(open_nodes) > MAX_DEPTH:
            msg = f"it holds more than {MAX_NODES:,} values, or is nested in more than {MAX_DEPTH} levels"
            raise ValueError(msg)


def _events(text: bytes) -> Iterator[Any]:
    yield from yaml.parse(text, yaml.CLoader)
