"""Reads the files of facts in this package: what providers count and bill, each fact with its source."""

import tomllib
from importlib.resources import files
from typing import TypeVar

import msgspec

_Rules = TypeVar("_Rules")


def read_rules(name: str, form: type[_Rules]) -> _Rules:
    """The TOML file `name` as a `form`. Raises ValidationError if it has another form.

    Reading takes milliseconds, so callers keep the result.
    """
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), form)
