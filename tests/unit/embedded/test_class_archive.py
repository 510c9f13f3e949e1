"""The archive of Kafka's classes is made once, never used when it has changed, and never in the way of a start."""

import os
from pathlib import Path

import pytest

from gatemeter.embedded.class_archive import archive_options

OPTIONS = ("-Xmx1m",)
WRITES = 'for word in "$@"; do case $word in -XX:SharedArchiveFile=*) printf archive >"${word#*=}";; esac; done'


class Machine:
    """A Java that does what a line of shell says, one jar, and the folder of archives."""

    def __init__(self, path: Path, does: str = WRITES) -> None:
        self.java, self.jar, self.folder = path / "jre" / "bin" / "java", path / "kafka.jar", path / "archives"
        self._runs = path / "runs"
        self.java.parent.mkdir(parents=True)
        self.jar.touch()
        self.install(does)

    def install(self, does: str) -> None:
        self.java.write_text(f'#!/bin/sh\necho "$@" >>"{self._runs}"\n{does}\n')
        self.java.chmod(0o755)

    def options(self, options: tuple[str, ...] = OPTIONS) -> list[str]:
        return archive_options(self.java, options, str(self.jar), self.folder)

    @property
    def runs(self) -> int:
        return len(self._runs.read_text().splitlines()) if self._runs.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def path_in(options: list[str]) -> Path:
    (option,) = options
    return Path(option.removeprefix("-XX:SharedArchiveFile="))


def test_it_is_made_once_and_named_to_java(machine: Machine) -> None:
    first = machine.options()
    assert path_in(first).read_text() == "archive"
    assert machine.options() == first
    assert machine.runs == 1
    assert list(machine.folder.iterdir()) == [path_in(first)]


def test_one_that_has_changed_is_made_anew(machine: Machine) -> None:
    path = path_in(machine.options())
    path.write_text("arch")
    assert path_in(machine.options()).read_text() == "archive"
    assert machine.runs == 2


def test_another_jar_java_or_option_has_another_one(machine: Machine) -> None:
    found = {path_in(machine.options())}
    machine.jar.write_text("newer")
    found.add(path_in(machine.options()))
    machine.install(f"{WRITES} # newer")
    found.add(path_in(machine.options()))
    found.add(path_in(machine.options(("-Xmx2m",))))
    assert len(found) == 4


@pytest.mark.parametrize("does", ["exit 1", f"{WRITES}; exit 1", "true"])
def test_a_java_that_makes_none_is_asked_once(tmp_path: Path, does: str) -> None:
    machine = Machine(tmp_path, does)
    assert [machine.options(), machine.options(), machine.runs] == [[], [], 1]


def test_the_four_that_were_used_last_are_kept(machine: Machine) -> None:
    paths = [path_in(machine.options((f"-Xmx{number}m",))) for number in range(4)]
    for number, path in enumerate(paths):
        os.utime(path, (number, number))
    assert path_in(machine.options(("-Xmx0m",))) == paths[0]
    paths.append(path_in(machine.options(("-Xmx4m",))))
    assert [path.exists() for path in paths] == [True, False, True, True, True]


def test_without_a_folder_kafka_starts_without_one(machine: Machine) -> None:
    machine.folder.write_text("a file in the way")
    assert machine.options() == []
