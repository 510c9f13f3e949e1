"""Dockerfile, compose file and sample settings speak of things that exist."""

import json
import re
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import Any

import pytest
import yaml
from dockerfile_parse import DockerfileParser

from gatemeter.cli.registry import COMMANDS
from gatemeter.cli.settings_file import default_map_from
from gatemeter.embedded.originals_key import KEY_VARIABLE
from gatemeter.wire.topics import ACCESS_LOG_TOPIC
from tests.support.repository import ROOT, command_for, variables_of

DEPLOY = ROOT / "deploy"
SAMPLE = DEPLOY / "gatemeter.example.toml"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def commands_of(service: dict[str, Any]) -> list[list[str]]:
    """The arguments of every `gatemeter` that a service runs."""
    if "entrypoint" not in service:
        return [service["command"]]
    (script,) = service["command"]
    return [shlex.split(line)[1:] for line in script.splitlines()]


OURS = {name: service for name, service in SERVICES.items() if "build" in service}
RUNS = [(name, arguments) for name, service in OURS.items() for arguments in commands_of(service)]


@pytest.fixture(scope="module")
def dockerfile() -> list[dict[str, str]]:
    # The parser keeps its text in a file beside the one it reads, so it is given bytes of its own.
    with (DEPLOY / "Dockerfile").open("rb") as file:
        structure: list[dict[str, str]] = DockerfileParser(fileobj=file).structure
    return structure


def values(dockerfile: list[dict[str, str]], instruction: str) -> list[str]:
    return [step["value"] for step in dockerfile if step["instruction"] == instruction]


def test_what_the_dockerfile_copies_exists(dockerfile: list[dict[str, str]]) -> None:
    copied = [shlex.split(value)[:-1] for value in values(dockerfile, "COPY") if "--from=" not in value]
    sources = [source for sources in copied for source in sources]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_what_the_dockerfile_copies_is_not_ignored(dockerfile: list[dict[str, str]]) -> None:
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [shlex.split(value)[:-1] for value in values(dockerfile, "COPY") if "--from=" not in value]
    assert {f"!{source}" for sources in copied for source in sources} <= set(allowed)


def test_the_image_runs_gatemeter_as_an_ordinary_user(dockerfile: list[dict[str, str]]) -> None:
    last_stage = dockerfile[max(i for i, step in enumerate(dockerfile) if step["instruction"] == "FROM") :]
    (user,) = values(last_stage, "USER")
    assert int(user) > 0
    assert values(last_stage, "ENTRYPOINT") == ['["gatemeter"]']


@pytest.fixture
def health_check(dockerfile: list[dict[str, str]]) -> list[str]:
    """The command of the image, run by this Python."""
    (value,) = values(dockerfile, "HEALTHCHECK")
    python, *arguments = json.loads(value.partition(" CMD ")[2])
    assert python == "python"
    return [sys.executable, *arguments]


@pytest.mark.loopback
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_of_the_image_is_what_the_worker_says(health_check: list[str], status: int, code: int) -> None:
    asked: list[str] = []

    class Worker(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Worker) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        done = subprocess.run(health_check, env={"GATEMETER_HEALTH_PORT": str(server.server_port)}, timeout=60)
    assert (done.returncode, asked) == (code, ["/healthz"])


def test_a_command_without_a_port_for_its_health_is_well(health_check: list[str]) -> None:
    assert subprocess.run(health_check, env={}, timeout=60).returncode == 0


def test_workers_serve_their_health_where_the_image_asks() -> None:
    environment = SERVICES["worker"]["environment"]
    assert (environment["GATEMETER_HEALTH_HOST"], environment["GATEMETER_HEALTH_PORT"]) == ("0.0.0.0", "8080")
    assert environment.items() > SERVICES["init"]["environment"].items()


def test_every_image_is_pinned() -> None:
    images = [service["image"] for service in SERVICES.values()]
    assert [image for image in images if not re.search(r":(\d|local)", image)] == []


@pytest.mark.parametrize(("service", "arguments"), RUNS, ids=str)
def test_a_service_runs_a_command_that_its_environment_suffices_for(
    monkeypatch: pytest.MonkeyPatch, service: str, arguments: list[str]
) -> None:
    for variable, value in OURS[service]["environment"].items():
        monkeypatch.setenv(variable, value)
    name, command = command_for(arguments)
    context = command.make_context(name, arguments[len(name.split()) :])
    assert context.args == []


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_given_only_variables_that_one_of_its_commands_reads(service: str) -> None:
    read = set().union(*(variables_of(command_for(arguments)[1]) for arguments in commands_of(OURS[service])))
    read.add(KEY_VARIABLE)  # no option: a key must not stand on a command line
    assert {name for name in OURS[service]["environment"] if name.startswith("GATEMETER_")} <= read


def test_workers_start_once_tables_and_topics_are_there() -> None:
    assert SERVICES["worker"]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}
    assert [arguments[0] for arguments in commands_of(SERVICES["init"])] == ["migrate", "topics", "topics"]
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_what_is_waited_for_can_become_healthy() -> None:
    waited_for = [
        name
        for service in SERVICES.values()
        for name, need in service.get("depends_on", {}).items()
        if need["condition"] == "service_healthy"
    ]
    assert sorted(waited_for) == ["clickhouse", "kafka"]
    assert [name for name in waited_for if "test" not in SERVICES[name]["healthcheck"]] == []


def test_only_loopback_is_published() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_sample_settings_load() -> None:
    settings = default_map_from(SAMPLE)
    assert set(settings) == set(COMMANDS)
    assert settings["worker"]["topic"] == settings["ship"]["topic"] == ACCESS_LOG_TOPIC


def test_every_key_of_the_sample_settings_is_explained() -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    keys = [(above, line) for above, line in pairwise(lines) if re.match(r"[\w-]+ *=", line)]
    assert keys
    assert [line for above, line in keys if not above.startswith("# ")] == []
