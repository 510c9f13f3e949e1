"""A row of what the crash tests' oracle counted, as questions about usage see it: by its dimensions and its period."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from gatemeter.metrics.filters import Filter, Operator
from gatemeter.reports.period import Period
from tests.support.crash.oracle import CALLER


def fits(each: Filter, text: str) -> bool:
    """Whether a filter lets a dimension's `text` through."""
    match each.operator:
        case Operator.IN:
            return text in each.values
        case Operator.NOT_IN:
            return text not in each.values
        case Operator.PREFIX:
            return text.startswith(each.values)
        case Operator.EMPTY:
            return not text
        case Operator.NOT_EMPTY:
            return bool(text)


@dataclass(slots=True)
class Row:
    """A row of a source: its names, and what it adds up to."""

    source: str
    names: dict[str, Any]
    sums: Mapping[str, int | Fraction]
    sessions: frozenset[int] = frozenset()

    def measure(self, name: str) -> int | Fraction:
        return self.sums.get(name, 0)

    def dimension(self, name: str) -> str:
        """The text of a dimension; '' where the row has none."""
        return _DIMENSIONS[name](self)

    def fits(self, each: Filter) -> bool:
        """Whether the row is of those that a filter lets through."""
        return fits(each, self.dimension(each.dimension))

    def period(self, period: Period | None) -> str:
        """The period that the row is of, as answers name it; '' for all of them together."""
        hour = datetime.fromtimestamp(self.names[CALLER[0]], UTC)
        match period:
            case None:
                return ""
            case Period.MINUTE | Period.HOUR:
                return f"{hour:%Y-%m-%dT%H:%M:00Z}"
            case Period.DAY:
                return f"{hour:%Y-%m-%d}"
            case Period.WEEK:
                return f"{hour - timedelta(days=hour.weekday()):%Y-%m-%d}"
            case Period.MONTH:
                return f"{hour:%Y-%m}"
            case Period.YEAR:
                return f"{hour:%Y}"


def _name(name: str, row: Row) -> str:
    return str(row.names[name])


def _status_text(status: int) -> str:
    return str(status) if status >= 0 else ""


def _status_class(row: Row) -> str:
    status = row.names["status" if row.source == "api" else "client_status"]
    return f"{status // 100}xx" if 100 <= status <= 599 else ""


_DIMENSIONS: dict[str, Callable[[Row], str]] = {
    "consumer": lambda row: row.names["consumer_id"] or "anonymous",
    "consumer_username": lambda row: row.names["consumer_username"],
    "consumer_custom_id": lambda row: row.names["consumer_custom_id"],
    "service": lambda row: row.names["service_name"] or row.names["service_id"],
    "route": lambda row: row.names["route_name"] or row.names["route_id"],
    "workspace": lambda row: row.names["workspace"],
    "team": lambda _row: "",
    "organisation": lambda _row: "",
    "method": lambda row: row.names["method"],
    "status": lambda row: str(row.names["status" if row.source == "api" else "client_status"]),
    "status_class": _status_class,
    "source": lambda row: row.names["source"],
    "provider": lambda row: row.names["provider"],
    "request_model": lambda row: row.names["request_model"],
    "response_model": lambda row: row.names["response_model"],
    "plugin": lambda row: row.names["plugin_name"] or row.names["plugin_id"],
    "cache_status": lambda row: row.names["cache_status"],
    "outcome": lambda row: row.names["outcome"],
    "cost_currency": lambda row: row.names["cost_currency"],
    "kind": lambda row: row.names["kind"],
    "tool": lambda row: row.names["tool"],
    "rpc_method": lambda row: row.names["method"],
    "task_state": lambda row: row.names["task_state"],
    "error": lambda row: row.names["error"],
    "provider_status": lambda row: _status_text(row.names["provider_status"]),
    **{
        name: partial(_name, name)
        for name in ("service_tier", "embeddings_provider", "embeddings_model", "tokens_evidence", "cost_evidence")
    },
}
