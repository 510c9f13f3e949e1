"""The jars of Apache Kafka: which ones (a committed lock with a SHA-256 each), where they lie, and that they are true.

A jar is hashed once; later starts only compare its size and time with what was noted then.

Fetching jars from a Maven repository, with progress on stderr.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gatemeter.errors import InstallError

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


_PARALLEL = 4
_TIMEOUT_S = 20
_HELP = (
    "check the network and HTTPS_PROXY (a Maven mirror goes into jgo's settings file), "
    f"copy a filled cache here and set {CACHE_VARIABLE}, or set --kafka (GATEMETER_KAFKA) to a broker of your own"
)


def download(jars: Sequence[Jar], repository: Path) -> None:
    """Fetch `jars` into `repository`, laid out as Maven does. They are not verified.

    Raises InstallError when one cannot be fetched or written.
    """
    console = Console(stderr=True)
    console.print(f"Fetching Apache Kafka {KAFKA_VERSION}, {len(jars)} jars, once; they are kept in {repository}")
    with _Bar(console, len(jars)) as bar, ThreadPoolExecutor(_PARALLEL, thread_name_prefix="jars") as pool:
        context = _maven(repository, bar)
        futures = [pool.submit(_download_one, context, jar) for jar in jars]
        try:
            for future in futures:
                future.result()
                bar.count_jar()
        finally:
            pool.shutdown(cancel_futures=True)


class _Bar:
    """A progress bar over jars that also says how many megabytes came in. Bytes may be added from any thread."""

    def __init__(self, console: Console, jar_count: int) -> None:
        megabytes = TextColumn("{task.fields[megabytes]:.1f} MB")
        self._progress = Progress(TextColumn("jars"), BarColumn(), MofNCompleteColumn(), megabytes, console=console)
        self._task = self._progress.add_task("jars", total=jar_count, megabytes=0.0)
        self._adding = Lock()
        self._size_bytes = 0

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def count_jar(self) -> None:
        """One more jar is complete."""
        self._progress.advance(self._task)

    def add_bytes(self, size_bytes: int) -> None:
        """So many more bytes came in."""
        with self._adding:
            self._size_bytes += size_bytes
            self._progress.update(self._task, megabytes=self._size_bytes / 1e6)


def _download_one(context: MavenContext, jar: Jar) -> None:
    name = f"{jar.artifact} {jar.version}"
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except requests.RequestException as error:
        reason = _innermost(error)
        raise InstallError(
            f"could not be downloaded ({type(error).__name__}: {reason})", where=name, do=_HELP
        ) from error
    except RuntimeError as error:
        raise InstallError("is in none of the Maven repositories", where=name, do=_HELP) from error
    except OSError as error:
        raise InstallError(f"could not be stored: {error.strerror}", where=str(error.filename), do=_HELP) from error


def _maven(repository: Path, bar: _Bar) -> MavenContext:
    @contextlib.contextmanager
    def count_bytes(_name: str, _size_bytes: int) -> Iterator[Callable[[int], None]]:
        yield bar.add_bytes

    return MavenContext(
        resolver=PythonResolver(progress_callback=count_bytes),
        repo_cache=repository,
        remote_repos=GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL},
        timeout=_TIMEOUT_S,
    )


def _innermost(error: BaseException) -> str:
    """The reason at the bottom of a chain of wrapped errors, on one line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return " ".join(str(error).split())
