"""Reads YAML or JSON files that nobody vouches for: no objects of Python, bounded nesting and expansion of aliases.

Two members of one object with the same name are refused: the last would count, and the others be gone unseen.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from gatemeter.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 5_000_000
"""Values of a document with each alias counted as what it stands for."""

_JSON_MARKED = (codecs.BOM_UTF8 + b"{", codecs.BOM_UTF16_LE + b"{\0", codecs.BOM_UTF16_BE + b"\0{")
"""How JSON begins that a shell of Windows has written."""
_DO = "give a decK file, Kong's declarative configuration, or a license report"


class _Loader(yaml.CSafeLoader):
    """Reads only true, false and null as other than texts; YAML 1.1 makes something else of `on`, `1_0` and dates."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self._checked: set[int] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge `<<` into a mapping, whose own names must differ; once it is merged a name may come again."""
        if id(node) not in self._checked:
            self._checked.add(id(node))
            _require_different_names(node)
        super().flatten_mapping(node)


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|)\Z"), ["~", "n", ""])


def read_document(path: Path, parse_float: Callable[[str], Any] = float, do: str = _DO) -> Any:
    """The document in a file: of YAML all values but true, false and null are texts.

    `parse_float` makes the numbers of JSON that are not whole. `do` is what to do about a file that is neither.

    Raises InputError, which repeats nothing of the file but a position in it.
    """
    text = _bytes_of(path)
    if text.lstrip()[:1] == b"{" or text.startswith(_JSON_MARKED):
        return _json(text, path, parse_float, do)
    try:
        _require_bounded(text)
        return yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader with fewer types
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        problem = getattr(error, "problem", None) or str(error) or "is nested too deeply"
        raise InputError(f"is not YAML that can be read: {problem}", where=where, do=do) from error


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    if len(text) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES:,} bytes", where=str(path), do="split it")
    return text


def _json(text: bytes, path: Path, parse_float: Callable[[str], Any], do: str) -> Any:
    try:
        document = json.loads(
            text, parse_float=parse_float, parse_constant=_no_number, object_pairs_hook=members_by_name
        )
        if b"\\" in text:
            json.dumps(document, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        what = "holds half a character (\\ud800 to \\udfff alone), which is not Unicode"
        raise InputError(what, where=str(path), do="correct it") from error
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}"
        raise InputError("is not JSON that can be read", where=where, do=do) from error
    except TwoOfOneName as error:
        raise InputError(str(error), where=str(path), do="leave one of them") from error
    except (ValueError, RecursionError) as error:
        raise InputError("is not JSON that can be read", where=str(path), do=do) from error
    return document


class TwoOfOneName(ValueError):  # noqa: N818 - what was found
    """Two members of a JSON object have one name."""


def members_by_name(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, as the `object_pairs_hook` of `json`. Raises TwoOfOneName, which does not repeat it."""
    document = dict(members)
    if len(document) != len(members):
        msg = "two members of an object have one name"
        raise TwoOfOneName(msg)
    return document


def _no_number(constant: str) -> Any:
    msg = f"{constant} is not a number of JSON"
    raise ValueError(msg)


def _require_different_names(node: yaml.MappingNode) -> None:
    """Raises ConstructorError for a scalar that is twice a name in a mapping, but for `<<`."""
    names: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            continue
        if key.value in names:
            problem = "two members of a mapping have one name; leave one of them"
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        names.add(key.value)


def _require_bounded(text: bytes) -> None:
    """Raises ValueError before anything is built of a document that is too large once its aliases are filled in."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in _events(text):
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                msg = f"an alias in line {_line(event)} stands for what it is in"
                raise ValueError(msg)
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


def _line(event: yaml.Event) -> int | str:
    return "?" if event.start_mark is None else event.start_mark.line + 1


def _events(text: bytes) -> Iterator[Any]:
    yield from yaml.parse(text, yaml.CLoader)
