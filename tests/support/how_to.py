"""Follows a how-to page: runs its commands one after the other, on servers and a log of the test's own."""

import json
import shlex
from contextlib import ExitStack
from pathlib import Path

from confluent_kafka import Producer

from gatemeter.embedded.ports import LOOPBACK
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.collectors import is_alive
from tests.support.command_in_process import run
from tests.support.databases import Store
from tests.support.documented_commands import documented_mapping
from tests.support.event_accounts import account_of
from tests.support.forked_commands import ForkedCommand, running
from tests.support.http_answers import get
from tests.support.repository import ROOT
from tests.support.server_fixtures import PARTITIONS
from tests.support.servers import free_port
from tests.support.waiting import wait_for

_FIXTURES = ROOT / "tests" / "fixtures"
_LOGS = {
    "nginx": "nginx/nginx.log",
    "shipping": "nginx/nginx-combined.log",
    "litellm": "litellm/generic_api.json",
    "relay": "how_to/kong.json",
    "collector": "how_to/kong.json",
    **{name: f"{name}/{name}.log" for name in ("caddy", "envoy", "traefik", "haproxy")},
    **{name: f"how_to/{name}.json" for name in ("kong", "apisix", "tyk", "otlp", "azure-apim", "orders.toml")},
}
"""A log for each page, and for each format that a page names more than one of."""
_SERVICES = ("collect", "worker", "relay")


class Reader:
    """Does what a page says, with other addresses, paths and topics; a context manager, which stops what runs.

    `services` are the commands that go on running.
    """

    def __init__(self, page: Path, kafka: str, topic: str, store: Store, directory: Path) -> None:
        self._page, self._kafka, self._topic, self._store, self._directory = page, kafka, topic, store, directory
        self._port = free_port()
        self._token = ""
        self._sources: set[str] = set()
        self._stack = ExitStack()
        self.services: dict[str, ForkedCommand] = {}
        (directory / "orders.toml").write_text(documented_mapping(), encoding="utf-8")

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def follow(self, line: str) -> str:
        """Run a command of the page; returns what it printed, '' if it goes on running."""
        _, *words = shlex.split(line)
        arguments = [self._translated(word, words) for word in words]
        if words[0] in _SERVICES or "--follow" in words:
            self._start(words[0], arguments)
            return ""
        if words[0] == "report" and "--clickhouse" in words:
            self.wait_for_events()
        printed = run(*arguments, env=self._environment).stdout
        if words[:2] == ["tokens", "create"]:
            self._token = printed.strip()
        return printed

    @property
    def _environment(self) -> dict[str, str]:
        return {"GATEMETER_TOPIC": self._topic, "GATEMETER_COLLECTOR_PORT": str(self._port)}

    def _translated(self, word: str, words: list[str]) -> str:
        if word in {"broker-1:9092", "localhost:9092"}:
            return self._kafka
        if word in {"URL", "http://localhost:8123/"}:
            return self._store.url
        if word == "gatemeter.access-log":
            return self._topic
        if word in {"access", "access-log", "kong-logs"}:
            return self._source_topic(word)
        if word.endswith((".log", ".json")) and "ship.json" not in word:
            return str(self._log(words))
        if word.startswith(("/", "./")) or word.endswith((".jsonl", ".toml")):
            return str(self._directory / Path(word).name)
        return word

    def _log(self, words: list[str]) -> Path:
        """The log that the page speaks of, as the gateway wrote it."""
        named = words[words.index("--format") + 1] if "--format" in words else ""
        source = _FIXTURES / _LOGS[named if self._page.stem == "mapping" else self._page.stem]
        path = self._directory / f"{source.parent.name}-{source.name}"
        path.write_bytes(source.read_bytes())
        return path

    def _source_topic(self, word: str) -> str:
        """A topic that another program writes to, with a log in it; of the page of mappings it is one to ship to."""
        name = f"{self._topic}-{word}"
        if name not in self._sources:
            self._sources.add(name)
            ensure_topic(self._kafka, TopicSpec(name, partitions=PARTITIONS))
            lines = (_FIXTURES / "how_to" / "kong.json").read_bytes().splitlines()
            producer = Producer({"bootstrap.servers": self._kafka})
            for line in lines if self._page.stem != "mapping" else ():
                producer.produce(name, line)
            assert producer.flush(30) == 0
        return name

    def _start(self, name: str, arguments: list[str]) -> None:
        if name in self.services:  # the page shows another way to start it
            self.end(name)
        log = self._directory / f"{name}.log"
        self.services[name] = self._stack.enter_context(running(*arguments, log=log, env=self._environment))
        if name == "collect":
            self._send()

    def end(self, name: str) -> None:
        """Stop a service, which runs until then and ends well."""
        service = self.services.pop(name)
        assert service.poll() is None, (self._directory / f"{name}.log").read_text()
        service.terminate()
        assert service.wait(60) == 0, (self._directory / f"{name}.log").read_text()

    def _send(self) -> None:
        """Do the gateway's part: post its log to the collector that the page has started."""
        url = f"http://{LOOPBACK}:{self._port}"
        wait_for(lambda: is_alive(url), "the collector answers")
        path = "/ingest/litellm" if self._page.stem == "litellm" else "/"
        body = (_FIXTURES / _LOGS[self._page.stem]).read_bytes()
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        status, answer = get(url, path, body=body, Content_Type="application/json", **headers)
        assert status == 200, json.loads(answer)

    def wait_for_events(self) -> None:
        """Return when a worker has counted something."""
        wait_for(lambda: account_of(self._store.url).counted > 0, "a worker counts")
