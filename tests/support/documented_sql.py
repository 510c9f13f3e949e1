"""The SQL of docs/sql.md: its questions, and the queries for Grafana with their macros filled in."""

import re
from collections.abc import Sequence

from tests.support.repository import ROOT

_BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)
_QUESTION = re.compile(r"^### (.*)\n(?:(?!^#).*\n)*?```sql\n((?:.*\n)*?)```", re.MULTILINE)
_MACROS = {
    r"\$__timeFilter\((\w+)\)": r"\1 >= toDateTime(1769904000) AND \1 <= toDateTime(1772323199)",
    r"\$__timeInterval\((\w+)\)": r"toStartOfInterval(toDateTime(\1), INTERVAL 3600 second)",
    r"\$__fromTime": "toDateTime(1769904000)",
    r"\$__toTime": "toDateTime(1772323199)",
}
"""What the data source makes of each macro; the range is February 2026."""


def questions() -> dict[str, str]:
    """The SQL of each question by its heading."""
    return dict(_QUESTION.findall(_text()))


def grafana_queries() -> Sequence[str]:
    """The queries that have a macro, as Grafana sends them."""
    return [filled_in(query) for query in _BLOCK.findall(_text()) if "$__" in query]


def filled_in(query: str) -> str:
    """A query of Grafana with its macros filled in."""
    for macro, text in _MACROS.items():
        query = re.sub(macro, text, query)
    return query


def _text() -> str:
    return (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
