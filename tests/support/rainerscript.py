"""The statements of an rsyslog configuration, as far as ours needs them."""

import re
from collections.abc import Iterator
from typing import Any

_STATEMENT = re.compile(r"(\w+)\(((?:[^()\"]|\"[^\"]*\")*)\)")
_PARAMETER = re.compile(r"([\w.]+)=(?:\"([^\"]*)\"|\[([^\]]*)\])")


def statements(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kind and parameters of each `kind(name="value" name=["value", ...])`; names in lower case."""
    code = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    for kind, inside in _STATEMENT.findall(code):
        assert not re.sub(r"\s+", "", _PARAMETER.sub("", inside)), f"{kind}({inside}) has more than parameters"
        yield kind, {name.lower(): _value(text, entries) for name, text, entries in _PARAMETER.findall(inside)}
    rest = _STATEMENT.sub("", code)
    assert set(rest) <= set("{} \n"), f"not understood: {rest}"


def _value(text: str, entries: str) -> str | list[str]:
    return re.findall(r"\"([^\"]*)\"", entries) if entries else text
