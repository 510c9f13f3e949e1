"""The embedded stack: ClickHouse, Kafka, workers and a collector as children of this process, on one data directory."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from rich.console import Console

from gatemeter.embedded import clickhouse as clickhouse_engine
from gatemeter.embedded import collector as collector_child
from gatemeter.embedded import kafka
from gatemeter.embedded.child_process import RUN_MODULE, ChildProcess, ChildSpec
from gatemeter.embedded.clickhouse import EmbeddedClickHouse
from gatemeter.embedded.collector import EmbeddedCollector
from gatemeter.embedded.data_dir import DataDir, Remembered, RunningStack
from gatemeter.embedded.kafka import EmbeddedKafka, KafkaReadiness
from gatemeter.embedded.originals_key import KEY_FILE_VARIABLE, KEY_VARIABLE, directory_key, ensure_key
from gatemeter.embedded.ports import choose_port
from gatemeter.embedded.supervisor import Supervisor
from gatemeter.errors import ExitCode, GatemeterError, StopError
from gatemeter.kafka.login import KafkaLogin, written_down

WORKER = "worker"
CLICKHOUSE_VARIABLE = "GATEMETER_CLICKHOUSE"
SESSION_VARIABLE = "GATEMETER_SESSION_TIMEOUT_S"
_KAFKA_USER = "gatemeter"
_WORKER_STOP_S = 15.0
_END_NOTICED_S = 1.0
_NO_USE_IN_REPEATING = frozenset({ExitCode.USAGE, ExitCode.CONFLICT, ExitCode.INSTALL})


def note_on_stderr(text: str) -> None:
    """Print one line for the person at the terminal."""
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What to run. With an address of Kafka or ClickHouse the embedded one is not started."""

    workers: int = 2
    kafka_port: int | None = None
    clickhouse_port: int | None = None
    collector_port: int | None = None
    kafka: str | None = None
    """`HOST:PORT` of a broker to use; None: start one."""
    clickhouse_url: str | None = None
    """URL of a ClickHouse server to use; None: start the engine."""
    event_ledger: bool | None = None
    """Whether workers switch the event ledger on or off; None: as the store has it."""
    originals_key: Path | None = None
    """The file with the key of dead letters' originals; None: that of the data directory."""
    keep_originals: bool = True
    """Whether workers keep originals of dead letters, encrypted."""
    collector: bool = False
    """Whether a collector takes events over HTTP."""
    token_file: Path | None = None
    """The tokens that may send to the collector; None: whoever reaches this machine's loopback address."""


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
        clickhouse, broker, collector = self._services()
        if broker and broker.login:
            closing.enter_context(written_down(broker.address, broker.login))
            closing.enter_context(self._data_dir.client_file(broker.address, broker.login.settings()))
        # Both take seconds to start, so they start at the same time.
        clickhouse_child = self._start_child(clickhouse.prepare()) if clickhouse else None
        broker_child = self._start_child(broker.prepare()) if broker else None
        addresses = RunningStack(
            pid=os.getpid(),
            kafka=broker.address if broker else str(self._options.kafka),
            clickhouse_url=clickhouse.url if clickhouse else str(self._options.clickhouse_url),
            reader_url=clickhouse.reader_url if clickhouse else None,
            collector_url=collector.url if collector else None,
        )
        if clickhouse and clickhouse_child:
            clickhouse_child.wait_until_ready(clickhouse.is_ready, clickhouse_engine.READY_TIMEOUT_S)
        with _blaming(clickhouse_child):
            self._migrate(addresses.clickhouse_url)
        if broker and broker_child:
            broker_child.wait_until_ready(KafkaReadiness(broker.address, broker.login), kafka.READY_TIMEOUT_S)
        with _blaming(broker_child):
            self._create_topics(addresses.kafka)
        for number in range(1, self._options.workers + 1):
            self._start_child(_worker(addresses, self._data_dir, self._options, number))
        if collector:
            child = self._start_child(collector.prepare(addresses.kafka))
            child.wait_until_ready(collector.is_alive, collector_child.READY_TIMEOUT_S)
        return addresses

    def _start_child(self, spec: ChildSpec) -> ChildProcess:
        children = self._data_dir.children_descriptor
        return self._supervisor.start(replace(spec, kept_open=() if children is None else (children,)))

    def _services(self) -> tuple[EmbeddedClickHouse | None, EmbeddedKafka | None, EmbeddedCollector | None]:
        chosen = self._choose_ports(self._data_dir.remembered())
        self._data_dir.remember(chosen)
        logs = self._data_dir.logs_path
        clickhouse = broker = None
        if self._options.clickhouse_url is None and chosen.clickhouse_port is not None:
            clickhouse = EmbeddedClickHouse(
                self._data_dir.clickhouse_path,
                logs / "clickhouse.log",
                chosen.clickhouse_port,
                _new_password(),
                chosen.reader_password,
            )
        if self._options.kafka is None and chosen.kafka_port is not None and chosen.kafka_controller_port is not None:
            broker = EmbeddedKafka(
                self._data_dir.kafka_path,
                logs / "kafka.log",
                chosen.kafka_port,
                chosen.kafka_controller_port,
                KafkaLogin(_KAFKA_USER, _new_password()),
            )
        collector = None
        if self._options.collector and chosen.collector_port is not None:
            collector = EmbeddedCollector(chosen.collector_port, logs / "collector.log", self._options.token_file)
        return clickhouse, broker, collector

    def _choose_ports(self, last: Remembered) -> Remembered:
        options = self._options
        chosen = last.model_copy()
        if options.clickhouse_url is None:
            chosen.clickhouse_port = choose_port(
                requested=options.clickhouse_port, remembered=last.clickhouse_port, flag="--clickhouse-port"
            )
        if options.kafka is None:
            chosen.kafka_port = choose_port(
                requested=options.kafka_port, remembered=last.kafka_port, flag="--kafka-port"
            )
            chosen.kafka_controller_port = choose_port(
                requested=None, remembered=last.kafka_controller_port, flag="--kafka-port"
            )
        if options.collector:
            chosen.collector_port = choose_port(
                requested=options.collector_port, remembered=last.collector_port, flag="--collector-port"
            )
        return chosen


@contextlib.contextmanager
def _blaming(child: ChildProcess | None) -> Iterator[None]:
    """If the block fails because `child` has ended, its end is the error: its log says why it does not answer."""
    try:
        yield
    except GatemeterError as error:
        if child is not None and child.ends_within(_END_NOTICED_S):
            raise child.ended() from error
        raise


def _new_password() -> str:
    """Another one in each run: whoever got to know it cannot use it in the next."""
    return secrets.token_urlsafe(24)


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
