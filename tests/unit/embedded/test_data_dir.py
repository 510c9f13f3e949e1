"""One process holds a data directory; others find the running stack in it."""

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gatemeter.embedded.child_process import ChildProcess, ChildSpec
from gatemeter.embedded.data_dir import DataDir, Remembered, RunningStack
from gatemeter.errors import DataDirError, ExitCode

STACK = RunningStack(pid=os.getpid(), kafka="127.0.0.1:20001", clickhouse_url="http://u:secret@127.0.0.1:20002/g")
HOLD = "import sys; from pathlib import Path; from gatemeter.embedded.data_dir import DataDir"
HOLD += "\nwith DataDir(Path(sys.argv[1])).hold(): print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def other_holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds `tmp_path` until its stdin closes."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_holding_a_directory_creates_its_layout(tmp_path: Path) -> None:
    with DataDir(tmp_path / "new" / "data").hold():
        made = {path.name for path in (tmp_path / "new" / "data").iterdir() if path.is_dir()}
    assert made == {"kafka", "clickhouse", "logs"}


def open_to_others(path: Path) -> set[str]:
    """The names of files and directories at and below `path` that somebody else can use."""
    return {found.name for found in (path, *path.rglob("*")) if found.lstat().st_mode & 0o077}


def test_what_is_made_in_it_is_for_this_user_only(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    with data.hold(), data.announce(STACK):
        data.remember(Remembered())
        (data.kafka_path / "segment.log").touch()
        child = ChildSpec("child", ["touch", str(data.logs_path / "by-child")], data.logs_path / "c.log", DataDirError)
        process = ChildProcess(child)
        assert process.ends_within(20)
        process.stop()
        assert open_to_others(data.path) == set()
    assert (data.logs_path / "by-child").exists()


def test_a_directory_of_an_earlier_version_is_closed_to_others(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    (data.kafka_path / "segments").mkdir(parents=True)
    (data.path / "lock").touch()
    (data.kafka_path / "segments" / "0.log").touch()
    (data.kafka_path / "link").symlink_to(tmp_path)
    for path in (data.path, *data.path.rglob("*")):
        path.chmod(0o755)
    tmp_path.chmod(0o755)
    with data.hold():
        assert open_to_others(data.path) == {"lock", "link"}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_directory_with_other_things_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    (tmp_path / "mine.txt").chmod(0o644)
    tmp_path.chmod(0o755)
    with DataDir(tmp_path).hold():
        assert open_to_others(tmp_path) == {tmp_path.name, "mine.txt"}


def test_a_held_directory_is_refused_with_its_holder(tmp_path: Path, other_holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(DataDirError, match=rf"held by another process \(pid {other_holder.pid}\)") as refused:
        DataDir(tmp_path).hold().__enter__()
    assert refused.value.exit_code == ExitCode.DATA_DIR


def test_a_killed_holder_leaves_the_directory_free(tmp_path: Path, other_holder: "subprocess.Popen[str]") -> None:
    other_holder.kill()
    other_holder.wait()
    with DataDir(tmp_path).hold():
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_released_directory_can_be_held_again(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with data.hold():
        pass
    with data.hold():
        assert data.children_descriptor is not None
    assert data.children_descriptor is None


def test_a_new_holder_waits_for_earlier_children(tmp_path: Path) -> None:
    first, second, entered = DataDir(tmp_path), DataDir(tmp_path), threading.Event()

    def hold() -> None:
        with second.hold():
            entered.set()

    with first.hold():
        child = os.dup(first.children_descriptor or -1)
    waiting = threading.Thread(target=hold)
    waiting.start()
    assert not entered.wait(0.3)
    os.close(child)
    waiting.join(10)
    assert entered.is_set()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_in_the_way_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataDirError, match="is not a directory; name another --data"):
        DataDir(tmp_path / name).hold().__enter__()
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
        (errno.ENOSPC, "No space left on device"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DataDirError, match=f"{tmp_path}.*{said}; name another --data"):
        DataDir(tmp_path / "data").hold().__enter__()


def test_an_announced_stack_is_found_by_its_owner_only(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with data.hold(), data.announce(STACK):
        assert DataDir(tmp_path).running() == STACK
        assert stat.S_IMODE((tmp_path / "running.json").stat().st_mode) == 0o600
    assert not (tmp_path / "running.json").exists()


def test_addresses_without_a_holder_are_stale(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_bytes(msgspec.json.encode(STACK))
    (tmp_path / "lock").write_text("1\n")
    assert DataDir(tmp_path).running() is None


def test_a_held_directory_may_have_no_running_stack(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with data.hold():
        assert data.running() is None


def test_a_missing_directory_has_no_running_stack(tmp_path: Path) -> None:
    assert DataDir(tmp_path / "nowhere").running() is None
    assert not (tmp_path / "nowhere").exists()


def test_damaged_addresses_of_a_holder_are_an_error(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with data.hold():
        (tmp_path / "running.json").write_text('{"pid": 1')
        with pytest.raises(DataDirError, match=r"running\.json: is damaged"):
            data.running()


def test_remembered_values_come_back_and_stay_private(tmp_path: Path) -> None:
    data, chosen = DataDir(tmp_path), Remembered(kafka_port=20003)
    with data.hold():
        data.remember(chosen)
    assert data.remembered() == chosen
    assert stat.S_IMODE((tmp_path / "remembered.json").stat().st_mode) == 0o600


def test_each_new_directory_gets_another_password(tmp_path: Path) -> None:
    passwords = {DataDir(tmp_path / str(number)).remembered().reader_password for number in range(5)}
    assert len(passwords) == 5


def test_passwords_are_not_in_the_repr() -> None:
    assert "secret" not in repr(STACK)
    assert "secret" not in repr(Remembered(reader_password="secret"))
