"""Running the `gatemeter` command in this process, which has everything imported already."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gatemeter.cli.main import cli
from gatemeter.kafka.security_settings import configure
from tests.support.gatemeter_command import settings_in_environment

_REPORTS = {
    **{f"billable by {period}": ("billable", "--period", period) for period in ("hour", "day", "month", "year")},
    **{f"latency by {group}": ("latency", "--by", group) for group in ("service", "route", "consumer")},
    "latency by all": ("latency", "--by", "service,route,consumer"),
    "llm": ("llm",),
    "tools": ("tools",),
}
ALL_REPORTS = ("license", *_REPORTS)
FINEST_REPORTS = ("license", "billable by hour", "latency by all", "llm", "tools")
"""Of the numbers in these all others are sums."""


def invoked(*arguments: object, env: Mapping[str, str | None] | None = None) -> Result:
    """The result of a run, however it ended. The command sees `env` and none of the settings around the tests.

    What its settings file says of Kafka is forgotten, as when its process ends.
    """
    try:
        return CliRunner().invoke(cli, list(map(str, arguments)), env={**settings_in_environment(), **(env or {})})
    finally:
        configure({})


def run(*arguments: object, env: Mapping[str, str | None] | None = None) -> Result:
    """The result of a run; fails with its output unless the run ended well."""
    result = invoked(*arguments, env=env)
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def read(*arguments: object, env: Mapping[str, str | None] | None = None) -> Any:
    """What a run that ends well writes to stdout as JSON."""
    return json.loads(run(*arguments, "--json", env=env).stdout)


def reports(*store: str | Path, names: Collection[str] = ALL_REPORTS) -> dict[str, Any]:
    """Reports of a store by their names, without the time at which they were made."""
    found = {name: read("report", *_REPORTS.get(name, (name,)), *store) for name in names}
    return {name: report["counters"] if name == "license" else report for name, report in found.items()}
