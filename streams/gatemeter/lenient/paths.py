"""Paths to values in JSON documents: `request.headers.host`, `tries.0.code`.

A dot may also be part of a member's name, as in `http.request.method`: the longest name that is a member is taken.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Path(NamedTuple):
    """A path's text, and its steps: each the rest of the path from there on, and the next name alone."""

    text: str
    steps: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, text: str) -> "Path":
        """The path in `text`. Raises ValueError if a part of it is empty."""
        names = text.split(".")
        if not all(names):
            msg = f"{text!r} is no path: names between dots, as in request.headers.host"
            raise ValueError(msg)
        return cls(text, tuple((".".join(names[index:]), name) for index, name in enumerate(names)))

    def value_in(self, document: Any) -> Any:
        """The value there; None if there is none."""
        value = document
        for rest, name in self.steps:
            if isinstance(value, Mapping):
                if rest in value:
                    return value[rest]
                value = value.get(name)
            elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            else:
                return None
        return value
