"""The jars of Apache Kafka: which ones (a committed lock with a SHA-256 each), where they lie, and that they are true.

A jar is hashed once; later starts only compare its size and time with what was noted then.
"""

import fcntl
import hashlib
import json
import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gatemeter.contracts.errors import InstallError

KAFKA_VERSION = "4.2.0"
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")
CACHE_VARIABLE = "GATEMETER_CACHE"


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar, by its Maven coordinates."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def relative_path(self) -> Path:
        """Its place in a Maven repository."""
        return Path(*self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar")


def cache_path() -> Path:
    """Where downloads are kept: `GATEMETER_CACHE`, else the user's cache directory."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "gatemeter"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gatemeter"


def locked_jars() -> list[Jar]:
    """The jars that the committed lock names."""
    document = tomllib.loads(LOCK_FILE.read_text(encoding="utf-8"))
    return [Jar(d["groupId"], d["artifactId"], d["version"], d["sha256"]) for d in document["dependencies"]]


def kafka_classpath() -> str:
    """The class path of Kafka, every jar present and verified; downloads what is missing, with progress on stderr.

    Raises InstallError when a jar can neither be found nor fetched, or is not the locked one.
    """
    cache, jars = cache_path(), locked_jars()
    repository = cache / "maven"
    with _sole_user(cache):
        verifier = JarVerifier(repository, cache / "verified.json")
        missing = [jar for jar in jars if not verifier.is_true(jar)]
        if missing:
            _fetch(missing, repository, verifier)
        verifier.save()
    return os.pathsep.join(str(repository / jar.relative_path) for jar in jars)


class JarVerifier:
    """Compares jars in `repository` with their locked hashes, and notes in `notes` which were already compared."""

    def __init__(self, repository: Path, notes: Path) -> None:
        self._repository = repository
        self._notes = notes
        self._known = _read_notes(notes)

    def is_true(self, jar: Jar) -> bool:
        """Whether the jar is there and has the locked hash; hashes it unless nothing about it changed since."""
        path = self._repository / jar.relative_path
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        seen: list[int | str] = [status.st_size, status.st_mtime_ns, jar.sha256]
        if self._known.get(str(jar.relative_path)) == seen:
            return True
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != jar.sha256:
                return False
        self._known[str(jar.relative_path)] = seen
        return True

    def save(self) -> None:
        """Write the notes."""
        draft = self._notes.with_suffix(".draft")
        draft.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
        draft.replace(self._notes)


def _fetch(missing: Sequence[Jar], repository: Path, verifier: JarVerifier) -> None:
    # Heavy to import, and needed once in the life of an installation.
    from gatemeter.deploy.embedded.jar_download import download

    for jar in missing:
        # Cut short by an earlier kill, or not the locked one: the download must not take it for finished.
        (repository / jar.relative_path).unlink(missing_ok=True)
    download(missing, repository)
    for jar in missing:
        if not verifier.is_true(jar):
            path = repository / jar.relative_path
            path.unlink(missing_ok=True)
            raise InstallError(
                "was downloaded, but its SHA-256 is not the locked one",
                where=path.name,
                do="ask whoever runs your Maven mirror or proxy; nothing was started",
            )


@contextmanager
def _sole_user(cache: Path) -> Iterator[None]:
    """Let no two processes fill the same cache at once."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = os.open(cache / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InstallError(
            f"the cache cannot be written: {error.strerror}",
            where=str(cache),
            do=f"set {CACHE_VARIABLE} to a directory of yours",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _read_notes(notes: Path) -> dict[str, list[int | str]]:
    try:
        known = json.loads(notes.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}  # nothing noted yet, or cut short: every jar is hashed again
    return known if isinstance(known, dict) else {}
