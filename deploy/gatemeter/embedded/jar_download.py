"""Downloads jars from a Maven repository with jgo, which knows mirrors, proxies and the user's settings.

Importing this module is slow, and an installation needs it only once: import it when a jar is missing.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import requests
import truststore
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gatemeter.embedded.jar_lock import CACHE_VARIABLE, KAFKA_VERSION, Jar
from gatemeter.errors import InstallError

_PARALLEL = 4
_TIMEOUT_S = 20
CERTIFICATES_VARIABLE = "SSL_CERT_FILE"
_ELSE = f"copy a filled cache here and set {CACHE_VARIABLE}, or set --kafka (GATEMETER_KAFKA) to a broker of your own"
_HELP = f"check the network and HTTPS_PROXY (a Maven mirror goes into jgo's settings file), {_ELSE}"
_TRUST_HELP = (
    f"set {CERTIFICATES_VARIABLE} to the certificates (PEM) of your proxy or mirror, or add them to the system's; or "
    f"{_ELSE}"
)


def download(jars: Sequence[Jar], repository: Path) -> None:
    """Fetch `jars` into `repository`, in Maven's layout, with progress on stderr. Their hashes are not verified.

    Trusts the certificates of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Raises InstallError
    when a jar cannot be fetched or written.
    """
    _require_certificates()
    console = Console(stderr=True)
    console.print(f"Fetching Apache Kafka {KAFKA_VERSION}, {len(jars)} jars, once; they are kept in {repository}")
    with (
        _system_trust(),
        _Bar(console, len(jars)) as bar,
        ThreadPoolExecutor(_PARALLEL, thread_name_prefix="jars") as pool,
    ):
        context = _maven(repository, bar)
        futures = [pool.submit(_download_one, context, jar) for jar in jars]
        try:
            for future in futures:
                future.result()
                bar.count_jar()
        finally:
            pool.shutdown(cancel_futures=True)


class _Bar:
    """A progress bar over jars, with the megabytes received so far. Bytes may be added from any thread."""

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
        """Add one complete jar."""
        self._progress.advance(self._task)

    def add_bytes(self, size_bytes: int) -> None:
        """Add received bytes."""
        with self._adding:
            self._size_bytes += size_bytes
            self._progress.update(self._task, megabytes=self._size_bytes / 1e6)


@contextlib.contextmanager
def _system_trust() -> Iterator[None]:
    """Inside the block TLS connections of this process trust the system's certificates, too."""
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _require_certificates() -> None:
    """OpenSSL would silently do without a file that is not there."""
    named = os.environ.get(CERTIFICATES_VARIABLE)
    if named and not Path(named).is_file():
        raise InstallError("is not there", where=f"{CERTIFICATES_VARIABLE} {named}", do="correct it, or unset it")


def _download_one(context: MavenContext, jar: Jar) -> None:
    name = f"{jar.artifact} {jar.version}"
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except requests.exceptions.SSLError as error:
        raise InstallError(
            f"could not be downloaded (the server's certificate is not trusted: {_innermost(error)})",
            where=name,
            do=_TRUST_HELP,
        ) from error
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
    """The message of the first error in a chain of wrapped errors, on one line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return " ".join(str(error).split())
