"""Tools in a request that the provider runs and bills by use: `requested_tools.toml`."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from gatemeter.llm.rule_files import read_rules

REQUESTED = "tools."
"""What the name of a requested tool begins with among the names of what is counted and not known."""

_MARKERS = ('"tools"', '"search_parameters"')


class _Tools(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    of: str
    source: str
    types: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tools: tuple[_Tools, ...]


class _Request(msgspec.Struct):
    tools: Any = None
    search_parameters: Any = None


class _Known(msgspec.Struct, frozen=True):
    types: tuple[tuple[str, re.Pattern[str]], ...]
    members: frozenset[str]
    fields: frozenset[str]


_decode = msgspec.json.Decoder(_Request).decode


def tool_members() -> frozenset[str]:
    """The members of a tool by which it is known beside its `type`."""
    return _known().members


def requested_tools(request: object) -> tuple[str, ...]:
    """Names, such as `tools.web_search`, of what a logged request lets the provider run; never raises.

    They are those of the table, not those that a client writes: versions are left out.
    """
    if not isinstance(request, str) or not any(marker in request for marker in _MARKERS):
        return ()
    try:
        found = _decode(request)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ()
    return _sorted(found)


def tools_of(request: Mapping[str, Any]) -> tuple[str, ...]:
    """As `requested_tools`, of a request that is decoded."""
    return _sorted(_Request(request.get("tools"), request.get("search_parameters")))


def _sorted(request: _Request) -> tuple[str, ...]:
    return tuple(sorted({REQUESTED + name for name in _names(request)}))


def _names(request: _Request) -> Iterator[str]:
    known = _known()
    for tool in request.tools if isinstance(request.tools, list) else ():
        if isinstance(tool, dict):
            kind = tool.get("type")
            yield from (name for name, form in known.types if isinstance(kind, str) and form.fullmatch(kind))
            yield from known.members.intersection(tool)
    yield from (name for name in sorted(known.fields) if getattr(request, name))


@cache
def _known() -> _Known:
    tools = read_rules("requested_tools.toml", _File).tools
    types = tuple((form.removesuffix(".*"), re.compile(form)) for each in tools for form in each.types)
    members = frozenset(name for each in tools for name in each.members)
    return _Known(types, members, frozenset(name for each in tools for name in each.fields))
