"""The embedded stack on one data directory: ClickHouse, Kafka, workers, a collector and an API as child processes."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType

from rich.console import Console

from gatemeter.embedded import clickhouse as clickhouse_engine
from gatemeter.embedded import http_servers, kafka
from gatemeter.embedded.child_process import RUN_MODULE, ChildProcess, ChildSpec
from gatemeter.embedded.data_dir import DataDir, RunningStack
from gatemeter.embedded.http_servers import EmbeddedServer
from gatemeter.embedded.kafka import KafkaReadiness
from gatemeter.embedded.originals_key import KEY_FILE_VARIABLE, KEY_VARIABLE, directory_key, ensure_key
from gatemeter.embedded.services import Services, StackOptions, chosen_services
from gatemeter.embedded.supervisor import Supervisor
from gatemeter.errors import ExitCode, GatemeterError, StopError
from gatemeter.kafka.login import written_down

WORKER = "worker"
CLICKHOUSE_VARIABLE = "GATEMETER_CLICKHOUSE"
SESSION_VARIABLE = "GATEMETER_SESSION_TIMEOUT_S"
_WORKER_STOP_S = 15.0
_END_NOTICED_S = 1.0
_NO_USE_IN_REPEATING = frozenset({ExitCode.USAGE, ExitCode.CONFLICT, ExitCode.INSTALL})


def note_on_stderr(text: str) -> None:
    """Print one line for the person at the terminal."""
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)


class EmbeddedStack:
    """A context manager: entering returns once every server answers, leaving stops everything.

    `migrate(clickhouse_url)` is called once ClickHouse is ready, `create_topics(kafka)` once Kafka is ready; workers
    start after both. Entering raises DataDirError, SettingsError (a port in use), InstallError, KafkaUnavailable,
    ClickHouseUnavailable, and what the two functions raise. Nothing is left running after an error.
    """

    def __init__(
        self,
        data_dir: DataDir,
        options: StackOptions,
        *,
        migrate: Callable[[str], None],
        create_topics: Callable[[str], None],
        note: Callable[[str], None] = note_on_stderr,
    ) -> None:
        self._data_dir = data_dir
        self._options = options
        self._migrate = migrate
        self._create_topics = create_topics
        self._supervisor = Supervisor(note)
        self._closing = contextlib.ExitStack()
        self._addresses: RunningStack | None = None

    @property
    def addresses(self) -> RunningStack:
        """The addresses of the servers. Raises StopError outside of the `with` block."""
        if self._addresses is None:
            raise StopError("the embedded stack is not running")
        return self._addresses

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor of the children."""
        return self._supervisor

    def __enter__(self) -> "EmbeddedStack":
        with contextlib.ExitStack() as closing:
            closing.enter_context(self._data_dir.hold())
            closing.callback(self._supervisor.stop)
            self._addresses = self._start(closing)
            closing.enter_context(self._data_dir.announce(self._addresses))
            self._supervisor.watch()
            self._closing = closing.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._addresses = None
        self._closing.close()

    def wait(self, timeout_s: float | None = None) -> None:
        """Block until `timeout_s` has passed, or for ever. Raises StopError when a child has died too often."""
        self._supervisor.wait(timeout_s)

    def _start(self, closing: contextlib.ExitStack) -> RunningStack:
        services = chosen_services(self._data_dir, self._options)
        broker = services.broker
        if broker and broker.login:
            closing.enter_context(written_down(broker.address, broker.login))
            closing.enter_context(self._data_dir.client_file(broker.address, broker.login.settings()))
        addresses = services.addresses(self._options)
        self._start_engines(services, addresses)
        for number in range(1, self._options.workers + 1):
            self._start_child(_worker(addresses, self._data_dir, self._options, number))
        self._start_servers(services, addresses)
        return addresses

    def _start_engines(self, services: Services, addresses: RunningStack) -> None:
        clickhouse, broker = services.clickhouse, services.broker
        # Both take seconds to start, so they start at the same time.
        clickhouse_child = self._start_child(clickhouse.prepare()) if clickhouse else None
        broker_child = self._start_child(broker.prepare()) if broker else None
        if clickhouse and clickhouse_child:
            clickhouse_child.wait_until_ready(clickhouse.is_ready, clickhouse_engine.READY_TIMEOUT_S)
        with _blaming(clickhouse_child):
            self._migrate(addresses.clickhouse_url)
        if broker and broker_child:
            broker_child.wait_until_ready(KafkaReadiness(broker.address, broker.login), kafka.READY_TIMEOUT_S)
        with _blaming(broker_child):
            self._create_topics(addresses.kafka)

    def _start_servers(self, services: Services, addresses: RunningStack) -> None:
        """Start the collector and the API at the same time, and wait until both answer."""
        specs: list[tuple[EmbeddedServer, ChildSpec]] = []
        if services.collector:
            specs.append((services.collector, services.collector.prepare(addresses.kafka)))
        if services.api:
            specs.append((services.api, services.api.prepare(addresses.clickhouse_url, addresses.kafka)))
        for server, child in [(server, self._start_child(spec)) for server, spec in specs]:
            child.wait_until_ready(server.is_alive, http_servers.READY_TIMEOUT_S)

    def _start_child(self, spec: ChildSpec) -> ChildProcess:
        children = self._data_dir.children_descriptor
        return self._supervisor.start(replace(spec, kept_open=() if children is None else (children,)))


@contextlib.contextmanager
def _blaming(child: ChildProcess | None) -> Iterator[None]:
    """If the block fails because `child` has ended, its end is the error: its log says why it does not answer."""
    try:
        yield
    except GatemeterError as error:
        if child is not None and child.ends_within(_END_NOTICED_S):
            raise child.ended() from error
        raise


def _quick_takeover() -> dict[str, str]:
    """A short session timeout: on one machine a silent worker is dead, and a restart need not wait for it."""
    return {} if SESSION_VARIABLE in os.environ else {SESSION_VARIABLE: "6"}


def _originals_key(data_dir: DataDir, options: StackOptions) -> dict[str, str]:
    if not options.keep_originals or (options.originals_key is None and KEY_VARIABLE in os.environ):
        return {}
    path = options.originals_key or directory_key(data_dir)
    if options.originals_key is None:
        ensure_key(path)
    return {KEY_FILE_VARIABLE: str(path.absolute())}


def _worker(addresses: RunningStack, data_dir: DataDir, options: StackOptions, number: int) -> ChildSpec:
    command = [*RUN_MODULE, "gatemeter", "worker", "--kafka", addresses.kafka]
    if options.event_ledger is not None:
        command.append("--event-ledger" if options.event_ledger else "--no-event-ledger")
    if not options.keep_originals:
        command += ["--keep-originals", "no"]
    return ChildSpec(
        name=WORKER,
        # Several workers cannot share a configured port; each takes a free one and names it in its log.
        command=[*command, "--health-port", "0"],
        log_path=data_dir.logs_path / f"worker-{number}.log",
        error=StopError,
        # By environment, because anyone on the machine can read a command line, and the URL holds the password.
        environment={
            CLICKHOUSE_VARIABLE: addresses.clickhouse_url,
            **_quick_takeover(),
            **_originals_key(data_dir, options),
        },
        stop_timeout_s=_WORKER_STOP_S,
        hopeless_codes=frozenset(int(code) for code in _NO_USE_IN_REPEATING),
    )
