"""The systemd unit and the DaemonSet start commands that the shipper understands."""

import configparser
import os
import shlex
from typing import Any

import pytest
import yaml

from gatemeter.cli.commands.ship import command
from tests.support.repository import ROOT

DIRECTORY = ROOT / "deploy" / "shipping"


def parsed(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name in [name for name in os.environ if name.startswith("GATEMETER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GATEMETER_KAFKA", "kafka:9092")
    with command.make_context("ship", arguments, auto_envvar_prefix="GATEMETER") as context:
        return context.params


def test_the_systemd_unit_follows_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.read(DIRECTORY / "gatemeter-ship.service")
    _, ship, *arguments = shlex.split(unit["Service"]["ExecStart"])
    options = parsed(arguments, monkeypatch)
    assert (ship, options["follow"], options["format"]) == ("ship", True, "nginx-combined")
    assert str(options["checkpoint"]).startswith("${STATE_DIRECTORY}/")
    assert unit["Service"]["StateDirectory"]


def test_the_daemonset_keeps_its_checkpoint_on_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    document = yaml.safe_load((DIRECTORY / "daemonset.yaml").read_text())
    spec = document["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    ship, *arguments = container["args"]
    options = parsed(arguments, monkeypatch)
    assert (ship, options["follow"], options["source"]) == ("ship", True, "$(NODE_NAME)")
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    state = mounted[str(options["checkpoint"].parent)]
    assert [volume["hostPath"]["path"] for volume in spec["volumes"] if volume["name"] == state] == [
        "/var/lib/gatemeter"
    ]
    assert document["spec"]["selector"]["matchLabels"] == document["spec"]["template"]["metadata"]["labels"]
