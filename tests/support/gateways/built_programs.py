"""Programs that are no Python packages, brought into .cache once: the first test that needs one waits for it.

A test is skipped where its program cannot be had, but not in CI.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.support.repository import ROOT

_CACHE = ROOT / ".cache"
_OTEL_VERSION = "0.165.0"
_CONTRIB_VERSION = "0.165.1"
_CORE = "go.opentelemetry.io/collector"
_CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"
_PACKAGES = {
    "rsyslog": ("rsyslog", "rsyslog-kafka", "libestr0", "libfastjson4", "liblognorm5", "librdkafka1"),
    "haproxy": ("haproxy", "libopentracing-c-wrapper0", "libopentracing1", "liblua5.3-0"),
}
"""Debian's packages of a program, with those that it needs and few machines have."""
_INSTALLED = "installed"
"""Written into a program's folder when all of it is there."""


def otel_collector() -> Path:
    """An OpenTelemetry collector with the parts that our files use, built by Go in about five minutes."""
    return _once(f"otelcol-{_OTEL_VERSION}", "go", _build_otel_collector) / "dist" / "otelcol"


class DebianProgram(NamedTuple):
    """A program out of Debian's packages; it needs `environment`, and its modules lie among its `libraries`."""

    path: Path
    libraries: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": str(self.libraries)}


def debian_program(name: str, path: str) -> DebianProgram:
    """The program at `path` below `/`; `name` is a key of _PACKAGES."""
    folder = _once(name, "apt-get", lambda empty: _unpack(empty, _PACKAGES[name]))
    (libraries,) = folder.glob("usr/lib/*-linux-gnu")
    return DebianProgram(folder / path, libraries)


def _once(name: str, needed: str, make: Callable[[Path], None]) -> Path:
    folder = _CACHE / name
    if (folder / _INSTALLED).exists():
        return folder
    if shutil.which(needed) is None:
        pytest.skip(f"{name} needs {needed}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        make(folder)
    except subprocess.CalledProcessError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{name} cannot be had: {error.stderr[-300:]}")
    (folder / _INSTALLED).touch()
    return folder


def _build_otel_collector(folder: Path) -> None:
    manifest = {
        "dist": {"name": "otelcol", "output_path": str(folder / "dist"), "version": _OTEL_VERSION},
        "receivers": [_core("receiver/otlpreceiver"), _contrib("receiver/filelogreceiver")],
        "exporters": [_core("exporter/otlphttpexporter"), _contrib("exporter/kafkaexporter")],
    }
    (folder / "builder.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
    _run(["go", "install", f"{_CORE}/cmd/builder@v{_OTEL_VERSION}"], folder, {"GOBIN": str(folder)})
    _run([str(folder / "builder"), "--config", "builder.yaml"], folder)


def _core(module: str) -> dict[str, str]:
    return {"gomod": f"{_CORE}/{module} v{_OTEL_VERSION}"}


def _contrib(module: str) -> dict[str, str]:
    return {"gomod": f"{_CONTRIB}/{module} v{_CONTRIB_VERSION}"}


def _unpack(folder: Path, packages: Sequence[str]) -> None:
    _run(["apt-get", "update", "-qq"], folder)
    _run(["apt-get", "download", "-qq", *packages], folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(folder)], folder)


def _run(command: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        command, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True, check=True
    )
