"""Servers in containers, from the images and settings in deploy/compose.yaml."""

import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import docker
import yaml
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy, LogMessageWaitStrategy, WaitStrategy

from gatemeter.embedded.ports import choose_port

COMPOSE_FILE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
PING_TIMEOUT_S = 2
PULL_TIMEOUT_S = 60
START_TIMEOUT_S = 90
KAFKA_HOST_PORT = 9094
CLICKHOUSE_PORT = 8123
PASSWORD = "only-for-tests"


class NoContainerError(Exception):
    """No Docker engine answers, or it neither has nor gets the image, or the image does not start."""


@contextmanager
def kafka_container() -> Iterator[str]:
    """Run Kafka in a container; yields its `HOST:PORT`. Raises NoContainerError."""
    port = choose_port(requested=None, remembered=None, flag="tests")

    def configure(container: DockerContainer) -> None:
        host = container.get_docker_client().host()
        container.with_bind_ports(KAFKA_HOST_PORT, port)
        container.with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://localhost:9092,HOST://{host}:{port}")

    with _running("kafka", configure, LogMessageWaitStrategy("Kafka Server started")) as container:
        yield f"{container.get_docker_client().host()}:{port}"


@contextmanager
def clickhouse_container() -> Iterator[str]:
    """Run ClickHouse in a container; yields its URL without a database. Raises NoContainerError."""

    def configure(container: DockerContainer) -> None:
        container.with_exposed_ports(CLICKHOUSE_PORT)
        container.with_env("CLICKHOUSE_PASSWORD", PASSWORD)

    with _running("clickhouse", configure, HttpWaitStrategy(CLICKHOUSE_PORT, "/ping")) as container:
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(CLICKHOUSE_PORT)}"
        yield f"http://{container.env['CLICKHOUSE_USER']}:{PASSWORD}@{address}"


@contextmanager
def _running(
    service: str, configure: Callable[[DockerContainer], None], ready: WaitStrategy
) -> Iterator[DockerContainer]:
    declared = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"][service]
    # testcontainers' own clean-up is one more image to get; the stack below removes the container.
    testcontainers_config.ryuk_disabled = True
    if problem := _problem_with(declared["image"]):
        raise NoContainerError(problem)
    with ExitStack() as stack:
        try:
            container = DockerContainer(declared["image"], env=dict(declared["environment"]))
            configure(container)
            stack.enter_context(container.waiting_for(ready.with_startup_timeout(START_TIMEOUT_S)))
        except (DockerException, OSError, RuntimeError) as error:
            raise NoContainerError(str(error)) from error
        yield container


def _problem_with(image: str) -> str:
    """Why `image` cannot be run here; empty when it can."""
    problem = ""
    with warnings.catch_warnings():
        # The client leaks its socket when no engine answers: let that happen here, and not in some later test.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            _ask_docker(PING_TIMEOUT_S, lambda client: client.ping())
            _ask_docker(PULL_TIMEOUT_S, lambda client: _get_or_pull(client, image))
        except (DockerException, OSError) as error:
            problem = str(error)
        gc.collect()
    return problem


def _ask_docker(timeout_s: int, question: Callable[[Any], object]) -> None:
    with closing(docker.from_env(timeout=timeout_s)) as client:
        question(client)


def _get_or_pull(client: Any, image: str) -> None:
    try:
        client.images.get(image)
    except ImageNotFound:
        client.images.pull(image)
