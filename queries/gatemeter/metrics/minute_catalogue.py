"""What can be asked by the minute: minutes have a metric or a dimension if they have all columns that its SQL reads."""

import re
from collections.abc import Iterable, Mapping, Sequence

from gatemeter.errors import SettingsError
from gatemeter.metrics.catalogue import dimension, dimensions, label, metrics
from gatemeter.metrics.declared import Dimension, Metric
from gatemeter.schema import MINUTE_USAGE

_SOURCE = "api"
_COLUMN = re.compile(r"\bchosen\.(\w+)")
_SUBJECT = "billing_subject"
_PERCENTILE = "_p99"


def has_minutes(found: Metric) -> bool:
    """Whether a metric is known by the minute."""
    labels = [label(name).value for name in (found.label, found.other_label) if name]
    return found.source == _SOURCE and _has_columns(*found.needs.values(), *labels)


def tells_minutes_apart(found: Dimension) -> bool:
    """Whether requests of a minute are known by the dimension."""
    sql = found.sql(_SOURCE)
    return bool(sql) and _has_columns(sql)


def require_minutes(found: Mapping[str, Metric], asked: Iterable[str]) -> None:
    """Raise SettingsError, which names what is possible, for what is not known by the minute."""
    for name, metric in found.items():
        if not has_minutes(metric):
            raise _not_known(name, _in_short([each for each, it in metrics().items() if has_minutes(it)]))
    for name in asked:
        if not tells_minutes_apart(dimension(name)):
            raise _not_known(name, [each for each, it in dimensions().items() if tells_minutes_apart(it)])


def _has_columns(*texts: str) -> bool:
    """Whether minutes have all columns of API usage that SQL reads."""
    read = {column for text in texts for column in _COLUMN.findall(text)}
    return read <= set(MINUTE_USAGE.column_names) and not any(_SUBJECT in text for text in texts)


def _in_short(names: Sequence[str]) -> Iterable[str]:
    """`names` with one for all statistics of a latency: `latency_request_*`."""
    families = [name.removesuffix(_PERCENTILE) for name in names if name.endswith(_PERCENTILE)]
    return dict.fromkeys(
        next((f"{each}_*" for each in families if name.startswith(f"{each}_")), name) for name in names
    )


def _not_known(name: str, possible: Iterable[str]) -> SettingsError:
    return SettingsError(
        f"{name} is not known by the minute",
        where="--granularity",
        do=f"ask by the hour; minutes have {', '.join(possible)}",
    )
