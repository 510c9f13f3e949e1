"""Kafka's class path: the locked jars in a cache of this user, downloaded once and verified at every start."""

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gatemeter.embedded.jar_lock import CACHE_VARIABLE, Jar, locked_jars
from gatemeter.errors import InstallError


def cache_path() -> Path:
    """The directory of downloads: `GATEMETER_CACHE`, else gatemeter's part of the user's cache directory."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "gatemeter"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gatemeter"


def kafka_classpath() -> str:
    """The class path of Kafka, with every jar present and verified. Missing jars are downloaded.

    Raises InstallError when a jar cannot be fetched, or its hash is not the locked one.
    """
    cache, jars = cache_path(), locked_jars()
    repository = cache / "maven"
    with locked(cache):
        verifier = JarVerifier(repository, cache / "verified.json")
        missing = [jar for jar in jars if not verifier.is_intact(jar)]
        if missing:
            _fetch(missing, repository, verifier)
        verifier.save()
    return os.pathsep.join(str(repository / jar.relative_path) for jar in jars)


class JarVerifier:
    """Compares jars in `repository` with their locked hashes.

    The file `verified` keeps size, time and hash of each compared jar, so that an unchanged jar is hashed only once.
    """

    def __init__(self, repository: Path, verified: Path) -> None:
        self._repository = repository
        self._verified = verified
        self._known = _read_verified(verified)

    def is_intact(self, jar: Jar) -> bool:
        """Whether the jar exists and has the locked hash. Hashes it only if its size or time is new."""
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
        """Write the file `verified`."""
        draft = self._verified.with_suffix(".draft")
        draft.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
        draft.replace(self._verified)


def _fetch(missing: Sequence[Jar], repository: Path, verifier: JarVerifier) -> None:
    from gatemeter.embedded.jar_download import download  # slow to import

    for jar in missing:
        # It may be incomplete or wrong; the download would take it for finished.
        (repository / jar.relative_path).unlink(missing_ok=True)
    download(missing, repository)
    for jar in missing:
        if not verifier.is_intact(jar):
            path = repository / jar.relative_path
            path.unlink(missing_ok=True)
            raise InstallError(
                "was downloaded, but its SHA-256 is not the locked one",
                where=path.name,
                do="ask whoever runs your Maven mirror or proxy; nothing was started",
            )


@contextmanager
def locked(cache: Path) -> Iterator[None]:
    """Hold the cache's lock, so that no two processes fill it at once. Raises InstallError where it is not writable."""
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


def _read_verified(path: Path) -> dict[str, list[int | str]]:
    try:
        known = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}  # missing or incomplete: every jar is hashed again
    return known if isinstance(known, dict) else {}
