"""Running the `gatemeter` command in this process, which has everything imported already."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gatemeter.cli.main import cli

NO_ENVIRONMENT: dict[str, str | None] = {
    "GATEMETER_DATA": None,
    "GATEMETER_CLICKHOUSE": None,
    "GATEMETER_KAFKA": None,
    "GATEMETER_EVENT_LEDGER": None,
}
REPORTS = (
    ("billable", "--period", "hour"),
    ("billable",),
    ("latency", "--by", "service,route,consumer"),
    ("latency",),
    ("llm",),
    ("tools",),
)


def invoked(*arguments: object) -> Result:
    """What it said, and how it ended."""
    return CliRunner().invoke(cli, list(map(str, arguments)), env=NO_ENVIRONMENT)


def run(*arguments: object) -> Result:
    """The same of a run that must end well."""
    result = invoked(*arguments)
    assert result.exception is None, result.output
    return result


def read(*arguments: object) -> Any:
    """What it says as JSON."""
    return json.loads(run(*arguments, "--json").stdout)


def reports(*store: str | Path) -> list[Any]:
    """All reports of a store, without the time at which they were made."""
    return [
        *(read("report", *report, *store) for report in REPORTS),
        read("report", "license", *store)["counters"],
    ]
