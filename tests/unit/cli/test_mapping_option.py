"""`--format FILE.toml` and `--mapping FILE`: a mapping of one's own."""

import json
from pathlib import Path

import click
import pytest

from gatemeter.cli.registry import load_command
from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import InputError
from gatemeter.formats import registry
from gatemeter.schema import API_USAGE
from gatemeter.sources.file_meter import meter_file
from tests.support.command_in_process import invoked, read
from tests.support.logs import METERING, counts

MAPPING = """
name = "orders"
identity = { kind = "position" }
time = { path = "at", unit = "s" }

[fields]
status = "code"
"""
EVENT = json.dumps({"at": 1772000000.25, "code": 204}).encode()


@pytest.fixture
def mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "_given", {})
    path = tmp_path / "orders.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with the same line twice: two requests, for it has no ids."""
    path = tmp_path / "access.json"
    path.write_bytes(EVENT + b"\n" + EVENT + b"\n")
    return path


def test_format_may_be_a_mapping_file(mapping: Path, log: Path) -> None:
    events = read("decode", log, "--format", mapping)
    assert [(each["status"], each["started_at"], each["identity"]) for each in events] == [
        (204, "2026-02-25T06:13:20.250Z", "position"),
        (204, "2026-02-25T06:13:20.250Z", "position"),
    ]
    assert {each["format"].partition("@")[0] for each in events} == {"orders"}


def test_mistake_in_a_mapping_file_ends_the_command(mapping: Path, log: Path) -> None:
    mapping.write_text(MAPPING.replace("status", "statu"), encoding="utf-8")
    for option in ("--format", "--mapping"):
        result = invoked("decode", log, option, mapping)
        assert isinstance(result.exception, InputError)
        assert str(result.exception).startswith(f"{mapping}: fields.statu")


def test_lines_are_metered_by_a_given_mapping(mapping: Path, log: Path) -> None:
    sink = MemorySink()
    assert meter_file(log, sink, METERING, log_format=registry.give_mapping(mapping)) == counts(2, counted=2)
    assert [(row["requests"], row["status"]) for row in sink.rows(API_USAGE)] == [(2, 204)]


def test_mapping_that_comes_along_goes_by_its_name(log: Path) -> None:
    (first, _) = read("decode", log, "--format", "azure-apim")
    assert first["reason"] == "request_id_missing"


def test_a_meter_names_a_mapping_without_its_hash(mapping: Path, log: Path, tmp_path: Path) -> None:
    meters = tmp_path / "meters.toml"
    meters.write_text('[[meters]]\nname = "codes"\nformat = "orders"\nunit = "codes"\nvalue = "code"\n')
    events = read("decode", log, "--format", mapping, "--meters", meters)
    assert [[each["value"] for each in event["meters"]] for event in events] == [["204"], ["204"]]


def test_the_mapping_of_billing_systems_has_a_variable_of_its_own() -> None:
    def variable(*path: str) -> object:
        found = load_command(path[0])
        for name in path[1:]:
            assert isinstance(found, click.Group)
            found = found.commands[name]
        return next(each.envvar for each in found.params if "--mapping" in each.opts)

    assert variable("export", "stripe") == "GATEMETER_EXPORT_MAPPING"
    assert variable("worker") == variable("meter") == "GATEMETER_MAPPING"
