"""The SQL of docs/sql.md and of the dashboard for Grafana, whose macros are filled in."""

import json
import re
from collections.abc import Sequence

from tests.support.repository import ROOT

_BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)
_QUESTION = re.compile(r"^### (.*)\n(?:(?!^#).*\n)*?```sql\n((?:.*\n)*?)```", re.MULTILINE)
_MACROS = {
    r"\$__conditionalAll\((consumer_id IN \(\$\{consumer:singlequote\}\)), \$consumer\)": r"\1",
    r"\$\{consumer:singlequote\}": "'anonymous','nobody'",
    r"\$__timeFilter\((\w+)\)": r"\1 >= toDateTime(1769904000) AND \1 <= toDateTime(1772323199)",
    r"\$__timeInterval\((\w+)\)": r"toStartOfInterval(toDateTime(\1), INTERVAL 3600 second)",
    r"\$__fromTime": "toDateTime(1769904000)",
    r"\$__toTime": "toDateTime(1772323199)",
}
"""What the data source makes of each macro and variable; the range is February 2026, of consumers two are chosen."""


def questions() -> dict[str, str]:
    """The SQL of each question by its heading."""
    return dict(_QUESTION.findall(_text()))


def grafana_queries() -> Sequence[str]:
    """The queries that have a macro, as Grafana sends them."""
    return [filled_in(query) for query in _BLOCK.findall(_text()) if "$__" in query]


def dashboard_queries() -> dict[str, str]:
    """The queries of the dashboard for Grafana, as it sends them, by titles of panels and the names of variables."""
    board = json.loads((ROOT / "deploy" / "grafana" / "gatemeter.json").read_text(encoding="utf-8"))
    panels = {panel["title"]: target["rawSql"] for panel in board["panels"] for target in panel["targets"]}
    variables = {each["name"]: each["query"] for each in board["templating"]["list"] if each["type"] == "query"}
    return {name: filled_in(query) for name, query in (panels | variables).items()}


def filled_in(query: str) -> str:
    """A query of Grafana with its macros filled in."""
    for macro, text in _MACROS.items():
        query = re.sub(macro, text, query)
    return query


def _text() -> str:
    return (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
