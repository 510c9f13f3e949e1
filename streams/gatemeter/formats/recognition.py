"""Which format an event of JSON is of, by its members: an event of one format is never read as another one."""

from collections.abc import Iterator, Sequence
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.formats.format import JsonFormat


def format_of_event(value: Any, formats: Sequence[JsonFormat], declared: JsonFormat) -> JsonFormat:
    """The format that reads `value`: `declared` if it recognizes the value, else the only one that does.

    Operators name members of their logs as they like, so an event may look like one of several formats. Then it is
    `declared`, by which no such event is read: see `require_one_format`.
    """
    if declared.recognizes(value):
        return declared
    found = recognized_by(value, formats)
    first = next(found, None)
    return declared if first is None or next(found, None) is not None else first


def require_one_format(value: Any, formats: Sequence[JsonFormat], declared: JsonFormat) -> None:
    """Raise RejectedEvent (several_formats) if others than `declared`, and more than one, recognize `value`."""
    if declared.recognizes(value):
        return
    names = [each.name for each in recognized_by(value, formats)]
    if len(names) > 1:
        raise RejectedEvent("several_formats", f"it may be an event of {' or '.join(names)}: name the one that it is")


def recognized_by(value: Any, formats: Sequence[JsonFormat]) -> Iterator[JsonFormat]:
    """The formats that recognize `value`, in their order."""
    return (each for each in formats if each.recognizes(value))
