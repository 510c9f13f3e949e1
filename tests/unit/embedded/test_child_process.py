"""A child process ends with its starter, and its errors show the end of its log."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gatemeter.embedded.child_process import RUN_MODULE, ChildProcess, ChildSpec, last_lines
from gatemeter.errors import ClickHouseUnavailable
from tests.support.processes import children_of, is_running
from tests.support.waiting import wait_for

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


@pytest.fixture
def spec(tmp_path: Path) -> ChildSpec:
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
    return ChildSpec("child", command, tmp_path / "child.log", ClickHouseUnavailable)


@contextmanager
def started(spec: ChildSpec) -> Iterator[ChildProcess]:
    process = ChildProcess(spec)
    try:
        yield process
    finally:
        process.stop()


def is_up(spec: ChildSpec) -> bool:
    return bool(last_lines(spec.log_path))


def test_a_child_runs_until_it_is_stopped(spec: ChildSpec) -> None:
    with started(spec) as process:
        process.wait_until_ready(lambda: is_up(spec), 20)
        (child,) = children_of(process.guard_pid)
        assert process.exit_code() is None
    assert not is_running(child)


def test_a_child_that_ignores_sigterm_is_killed_in_time(spec: ChildSpec) -> None:
    with started(replace(spec, command=[sys.executable, "-c", STUBBORN], stop_timeout_s=0.2)) as process:
        process.wait_until_ready(lambda: is_up(spec), 20)
    assert process.exit_code() == 137


def test_a_child_that_ends_early_shows_the_end_of_its_log(spec: ChildSpec) -> None:
    failing = replace(spec, command=["sh", "-c", "echo one; echo two >&2; exit 5"])
    with started(failing) as process, pytest.raises(ClickHouseUnavailable, match=r"exit code 5: one \| two; read "):
        process.wait_until_ready(lambda: False, 20)


def test_a_command_of_ours_is_quoted_with_its_own_error_alone(spec: ChildSpec) -> None:
    said = "echo '[WARNING] timer woke up late'; echo 'gatemeter: Kafka is away; wait' >&2; echo closing"
    with started(replace(spec, command=["sh", "-c", f"{said}; exit 4"])) as process:
        wait_for(lambda: process.exit_code() is not None, "its end")
        assert str(process.ended()).startswith("child: ended with exit code 4: Kafka is away; wait; read ")


def test_the_log_of_an_earlier_child_is_not_shown(spec: ChildSpec) -> None:
    spec.log_path.write_text("something old\n")
    with started(replace(spec, command=["sh", "-c", "echo new; exit 5"])) as process:
        wait_for(lambda: process.exit_code() is not None, "its end")
        assert str(process.ended()).startswith("child: ended with exit code 5: new; read ")


def test_a_killed_child_is_reported_with_its_signal(spec: ChildSpec) -> None:
    with started(replace(spec, command=["sh", "-c", "echo up; kill -9 $$"])) as process:
        wait_for(lambda: process.exit_code() is not None, "its end")
        assert str(process.ended()).startswith("child: was killed by SIGKILL; read ")


def test_a_child_that_never_answers_is_an_error(spec: ChildSpec) -> None:
    with started(spec) as process, pytest.raises(ClickHouseUnavailable, match="did not answer within 0 s"):
        process.wait_until_ready(lambda: False, 0)


def test_a_child_gets_our_environment_and_its_own(spec: ChildSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    telling = replace(spec, command=["sh", "-c", "echo $OURS$OWN"], environment={"OWN": "2"})
    with started(telling):
        wait_for(lambda: is_up(spec), "the child's words")
    assert last_lines(spec.log_path) == ["12"]


def test_secrets_of_the_environment_are_not_in_the_repr(spec: ChildSpec) -> None:
    assert "hunter2" not in repr(replace(spec, environment={"PASSWORD": "hunter2"}))


def test_a_descriptor_stays_open_while_the_guard_lives(spec: ChildSpec) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with started(replace(spec, kept_open=(writer,))):
        os.close(writer)
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_log_that_has_grown_large_is_rotated(spec: ChildSpec) -> None:
    spec.log_path.write_bytes(b"old\n" * 3_000_000)
    with started(spec):
        wait_for(lambda: last_lines(spec.log_path) == ["up"], "the new log")
    assert spec.log_path.with_suffix(".log.1").stat().st_size == 12_000_000


def test_the_last_lines_of_a_missing_file_are_empty(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none") == []


def test_the_last_lines_leave_out_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 100_000 + b"\n\n  one \n\n\xff two\n\n")
    assert last_lines(tmp_path / "log", 2) == ["one", "� two"]


def test_a_module_of_the_current_directory_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "http.py").write_text("raise SystemExit('not that one')")
    command = [*RUN_MODULE, "http.server", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "usage" in done.stdout) == (0, True)
