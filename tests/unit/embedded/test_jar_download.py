"""Jars are downloaded from a Maven repository, with progress and errors that help."""

import gc
import hashlib
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatemeter.embedded.jar_download import download
from gatemeter.embedded.jar_lock import Jar
from gatemeter.embedded.ports import LOOPBACK, choose_port
from gatemeter.errors import InstallError

pytestmark = pytest.mark.loopback

CONTENT = b"a jar"
JARS = [Jar("org.example", name, "1.0", hashlib.sha256(CONTENT).hexdigest()) for name in ("one", "two", "three")]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of a Maven repository that is served over HTTP, and is the only one configured."""
    files = tmp_path / "remote"
    for jar in JARS:
        path = files / jar.relative_path
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
    with ThreadingHTTPServer((LOOPBACK, 0), partial(QuietHandler, directory=str(files))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        use_repository(tmp_path, monkeypatch, server.server_port)
        yield files
        server.shutdown()
    with warnings.catch_warnings():
        # The resolver leaves the answer 404 unread: collect it here, and not in a later test.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def use_repository(folder: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    settings = folder / "jgo.conf"
    settings.write_text(f"[repositories]\nhere = http://{LOOPBACK}:{port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    monkeypatch.setenv("NO_PROXY", LOOPBACK)


def test_jars_are_laid_out_as_by_maven_with_progress(
    tmp_path: Path, remote: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert remote.is_dir()
    download(JARS, tmp_path / "local")
    assert all((tmp_path / "local" / jar.relative_path).read_bytes() == CONTENT for jar in JARS)
    said = capfd.readouterr()
    assert said.out == ""
    assert "3 jars" in said.err
    assert "3/3" in said.err


def test_a_jar_that_no_repository_has_is_named(tmp_path: Path, remote: Path) -> None:
    (remote / JARS[1].relative_path).unlink()
    with pytest.raises(InstallError, match=r"^two 1\.0: is in none of the Maven repositories; check the network"):
        download(JARS, tmp_path / "local")


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_repository(tmp_path, monkeypatch, choose_port(requested=None, remembered=None, flag="tests"))
    with pytest.raises(InstallError) as error:
        download(JARS, tmp_path / "local")
    said = str(error.value)
    assert said.startswith("one 1.0: could not be downloaded (ConnectionError: ")
    assert "Connection refused" in said
    assert "HTTPS_PROXY" in said
    assert "--kafka (GATEMETER_KAFKA)" in said
    assert "\n" not in said
