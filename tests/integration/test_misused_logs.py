"""What is said of logs and events that cannot be had: one line each, and the exit code."""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import Result

from gatemeter.errors import ExitCode, GatemeterError
from gatemeter.kafka import topics
from tests.support.command_in_process import invoked, run
from tests.support.databases import DatabasePool, Store
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import write

pytestmark = pytest.mark.clickhouse

COMMANDS = ("verify --deep", "correct --reason x", "rebuild")
NO_BROKER = "127.0.0.1:1"
_LONG = pytest.mark.long(reason="asks for the brokers as the command that `make test` runs")
_MORE = pytest.mark.long(reason="verifies or explains a store as a case that `make test` runs")


def ended(result: Result) -> tuple[int, str]:
    """The exit code and the line that the process would say."""
    if isinstance(result.exception, GatemeterError):
        return int(getattr(result.exception, "exit_code", ExitCode.INTERNAL)), str(result.exception)
    return result.exit_code, result.output


@pytest.fixture
def _brokers_are_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that ask no broker which answers. How long a command waits is held by tests of `topics`."""
    monkeypatch.setattr(topics, "_CONNECT_TIMEOUT_S", 1.0)


@pytest.fixture(scope="module")
def stores(database_pool: DatabasePool) -> Iterator[dict[str, Store]]:
    """By the name that the cases give it: a store for an event ledger, one for none, and an empty one."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(database_pool.store()) for name in ("data", "plain", "empty")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, stores: dict[str, Store]) -> Path:
    """Files of several sorts; two of them are counted with an event ledger and a copy, one without a ledger."""
    path = tmp_path_factory.mktemp("misused")
    files = [write(path / f"{name}.log", [request_line(name), request_line("copy")]) for name in ("one", "two")]
    run("migrate", *stores["data"].flags, "--keep-events-days", 10_000)
    run("meter", *files, *stores["data"].flags, "--event-ledger")
    run("meter", files[0], *stores["plain"].flags)
    (path / "torn.log.gz").write_bytes(b"\x1f\x8b\x08\x00nothing")
    (path / "blank.log").write_bytes(b"\n\n")
    write(path / "other.log", [request_line("nobody metered this")])
    return path


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.log", "no such file"),
        ("", "is a directory"),
        ("torn.log.gz", "torn.log.gz"),
        ("blank.log", "has no line to read"),
    ],
)
def test_a_file_that_cannot_be_read(
    folder: Path, stores: dict[str, Store], command: str, name: str, message: str
) -> None:
    code, said = ended(invoked(*command.split(), folder / name, *stores["data"].flags))
    assert (code, message in said.lower(), "\n" in said) == (ExitCode.INPUT, True, False), said


@pytest.mark.usefixtures("folder", "_brokers_are_given_up_soon")
@pytest.mark.parametrize("command", [COMMANDS[0], *(pytest.param(each, marks=_LONG) for each in COMMANDS[1:])])
def test_brokers_that_do_not_answer(stores: dict[str, Store], command: str) -> None:
    code, said = ended(invoked(*command.split(), "--kafka", NO_BROKER, *stores["data"].flags))
    assert (code, NO_BROKER in said, "\n" in said) == (ExitCode.KAFKA, True, False), said


@pytest.mark.kafka
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_topic_that_is_not_there(stores: dict[str, Store], kafka_address: str, command: str) -> None:
    place = ("--kafka", kafka_address, "--topic", "nobody-made-this")
    code, said = ended(invoked(*command.split(), *place, *stores["data"].flags))
    assert (code, "no topic nobody-made-this" in said, "\n" in said) == (ExitCode.KAFKA, True, False), said


CASES = [
    ("verify --data empty", ExitCode.OK, "nothing is counted here"),
    ("verify --data none", ExitCode.DATA_DIR, "none"),
    ("verify --data data --from 2026-03 --to 2026-03", ExitCode.USAGE, "is not before --to 2026-03"),
    ("verify --data data --from 2026-02-30", ExitCode.USAGE, "is not in the calendar"),
    ("verify --data data --from 2026-02-03T10:30", ExitCode.USAGE, "is not a full hour"),
    ("verify --data data --from 2026-02-03T10:00 --to 2026-02-03T11:00", ExitCode.DIFFERENCE, "far_duplicates"),
    ("verify --data plain --deep other.log", ExitCode.INPUT, "nothing of this log is stored here"),
    ("correct --data empty --reason x one.log", ExitCode.INPUT, "the event ledger is empty"),
    (
        "correct --data data --reason x other.log",
        ExitCode.CONFLICT,
        "1 events are counted more than once",
    ),
    ("correct --data data --reason x --to 2026-02 one.log", ExitCode.OK, "no event was counted more than once"),
    ("correct --data data --reason x --from 2026-03 --to 2026-02 one.log", ExitCode.USAGE, "is not before"),
    ("correct --data data one.log", ExitCode.USAGE, "Missing option '--reason'"),
    ("explain --data data --consumer nobody --period 2026-02", ExitCode.INPUT, "were counted for 'nobody'"),
    ("explain --data data --consumer con-1 --period 2026-13", ExitCode.USAGE, "2026-13"),
    ("explain --data data --event nobody", ExitCode.INPUT, "nothing is known of this event"),
    ("explain --data plain --event one", ExitCode.INPUT, "the event ledger is empty"),
    ("explain --data data --place here", ExitCode.USAGE, "is not a LOG:PARTITION:OFFSET:LINE:INDEX"),
    ("explain --data data --event copy none.log", ExitCode.INPUT, "no such file"),
    ("explain --data data --event copy other.log", ExitCode.OK, "read at 2 places"),
    (f"explain --data data --event copy --kafka {NO_BROKER}", ExitCode.OK, "texts are not shown"),
    ("rebuild --data fresh", ExitCode.USAGE, "no log is named"),
    ("rebuild --data data one.log", ExitCode.CONFLICT, "holds numbers of this log already"),
    ("rebuild --data fresh one.log --from-offset 9", ExitCode.CONFLICT, "holds no message there"),
    ("rebuild --data fresh one.log --from-offset 1 --to-offset 1", ExitCode.USAGE, "is not before --to-offset 1"),
    ("rebuild --data fresh one.log --period 2024-01", ExitCode.INPUT, "no event of 2024-01 is counted"),
    ("rebuild --data fresh none.log", ExitCode.INPUT, "no such file"),
    ("rebuild --data plain one.log --resume", ExitCode.CONFLICT, "holds all of it already"),
    ("verify --data data --kafka k:1", ExitCode.USAGE, "--kafka is read only with --deep"),
    ("rebuild --data fresh one.log --period soon", ExitCode.USAGE, "soon"),
]
MORE_CASES = [
    ("verify --data data --from 2026-02-03T11:00", ExitCode.OK, "nothing is counted here"),
    ("explain --data empty --consumer c --period 2026-02", ExitCode.INPUT, "were counted for 'c' in 2026-02"),
    ("correct --data plain --reason x one.log", ExitCode.INPUT, "the event ledger is empty"),
]


@pytest.mark.usefixtures("_brokers_are_given_up_soon")
@pytest.mark.parametrize(
    ("line", "code", "message"), [*CASES, *(pytest.param(*case, marks=_MORE) for case in MORE_CASES)]
)
def test_how_it_ends(
    folder: Path, stores: dict[str, Store], monkeypatch: pytest.MonkeyPatch, line: str, code: ExitCode, message: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    for name, store in stores.items():
        line = f"{line} ".replace(f"--data {name} ", f"{shlex.join(store.flags)} ")
    found, said = ended(invoked(*shlex.split(line)))
    assert (found, message in said.lower() if message.islower() else message in said) == (code, True), said
    assert not (folder / "fresh").exists()
