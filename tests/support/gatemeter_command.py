"""Running the `gatemeter` command as its users do: as a process, by its flags, read by its output."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "gatemeter"]
TIMEOUT_S = 240
USAGE_KEYS = {
    "llm": ("period", "consumer_id", "provider", "request_model", "response_model", "outcome"),
    "tools": ("period", "kind", "method", "tool", "task_state"),
}
"""The reports of usage, and what their rows are told apart by."""


def run(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run to the end; fail with what it said unless it ends with `expect`."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S, env=environment()
    )
    assert done.returncode == expect, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def read_json(*arguments: str | Path) -> Any:
    """Run to the end and read stdout, all of it, as JSON."""
    return json.loads(run(*arguments).stdout)


@contextmanager
def running(
    *arguments: str | Path, log: Path, env: dict[str, str] | None = None, command: Sequence[str] = COMMAND
) -> Iterator[subprocess.Popen[bytes]]:
    """Run for the length of a block, then SIGTERM; output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment(), **(env or {})},
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def environment() -> dict[str, str]:
    """The environment without settings of the person who runs the tests."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GATEMETER_") or name == "GATEMETER_CACHE"
    }


def reports(*store: str | Path) -> dict[str, Any]:
    """Every report of a store, as its users read them."""
    report: dict[str, Any] = {"license": read_json("report", "license", *store)["counters"]}
    for period in ("hour", "day", "month", "year"):
        report[f"billable by {period}"] = read_json("report", "billable", "--period", period, "--json", *store)
    for group in ("service", "route", "consumer"):
        report[f"latency by {group}"] = read_json("report", "latency", "--by", group, "--json", *store)
    for kind in USAGE_KEYS:
        report[kind] = read_json("report", kind, "--json", *store)
    return report


def assert_truth(report: dict[str, Any], truth: dict[str, Any]) -> None:
    """Hold reports against the generator's truth: counts and sums exactly, percentiles within 1 %."""
    assert report["license"] == truth["license"]
    for period in ("day", "month"):
        assert_same_rows(report[f"billable by {period}"], truth["billable"][period], ("period", "consumer_id"))
    for group in ("service", "route", "consumer"):
        assert_latencies(report[f"latency by {group}"], truth["latency"][group], group)

    for kind, key in USAGE_KEYS.items():
        assert_usage(report[kind], truth[kind], key)


def assert_usage(found: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """The same groups; every number the truth knows exactly, means to six places, percentiles within 1 %."""
    rows = {tuple(row[name] for name in key): row for row in found}
    assert rows.keys() == {tuple(row[name] for name in key) for row in truth}
    for expected in truth:
        row = rows[tuple(expected[name] for name in key)]
        for name, value in expected.items():
            if value is None or not (name == "avg_ms" or (name.startswith("p") and name.endswith("_ms"))):
                assert row[name] == value, (name, row, expected)
            else:
                allowed = 0.0 if name == "avg_ms" else 0.01 * value
                assert abs(row[name] - value) <= allowed + 1e-6, (name, row, expected)


def assert_same_rows(found: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Equal rows, in any order."""
    by_key = [{tuple(row[name] for name in key): row for row in rows} for rows in (found, truth)]
    assert by_key[0] == by_key[1]


def assert_latencies(found: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], group: str) -> None:
    """The same groups; exact counts and extremes, means to the report's six places, percentiles within 1 %."""
    rows = {(row[group], row["latency"]): row for row in found}
    assert rows.keys() == {(row[group], row["latency"]) for row in truth}
    for expected in truth:
        row = rows[expected[group], expected["latency"]]
        for name in ("count", "min_ms", "max_ms"):
            assert row[name] == expected[name], (group, row)
        assert abs(row["avg_ms"] - expected["avg_ms"]) <= 1e-6, row
        for name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms"):
            assert abs(row[name] - expected[name]) <= 0.01 * expected[name] + 1e-6, (name, row, expected)
