"""Jars are downloaded from a Maven repository, with progress and errors that help."""

import gc
import hashlib
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatemeter.embedded.jar_download import download
from gatemeter.embedded.jar_lock import Jar
from gatemeter.embedded.ports import LOOPBACK, choose_port
from gatemeter.errors import InstallError
from tests.support.certificates import write_own_certificate

pytestmark = pytest.mark.loopback

CONTENT = b"a jar"
JARS = [Jar("org.example", name, "1.0", hashlib.sha256(CONTENT).hexdigest()) for name in ("one", "two", "three")]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(files: Path, certificate: Path | None = None) -> Iterator[ThreadingHTTPServer]:
    """A server of `files` over HTTP, or over HTTPS with a PEM file of a key and a certificate."""
    with ThreadingHTTPServer((LOOPBACK, 0), partial(QuietHandler, directory=str(files))) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def own_certificate(remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The certificate of the repository, which is served over HTTPS and trusted by nobody."""
    certificate, pem = tmp_path / "c.pem", tmp_path / "own.pem"
    write_own_certificate(LOOPBACK, certificate, pem)
    with served(remote, pem) as server:
        use_repository(tmp_path, monkeypatch, server.server_port, "https")
        yield certificate


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of a Maven repository that is served over HTTP, and is the only one configured."""
    files = tmp_path / "remote"
    for jar in JARS:
        path = files / jar.relative_path
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
    with served(files) as server:
        use_repository(tmp_path, monkeypatch, server.server_port)
        yield files
    with warnings.catch_warnings():
        # The resolver leaves the answer 404 unread: collect it here, and not in a later test.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def use_repository(folder: Path, monkeypatch: pytest.MonkeyPatch, port: int, scheme: str = "http") -> None:
    settings = folder / "jgo.conf"
    settings.write_text(f"[repositories]\nhere = {scheme}://{LOOPBACK}:{port}\n")
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


def test_certificates_of_one_s_own_are_trusted(
    tmp_path: Path, own_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(own_certificate))
    download(JARS, tmp_path / "local")
    assert (tmp_path / "local" / JARS[0].relative_path).read_bytes() == CONTENT


def test_a_certificate_that_nobody_trusts_is_refused_with_a_remedy(tmp_path: Path, own_certificate: Path) -> None:
    assert own_certificate.is_file()
    with pytest.raises(InstallError) as error:
        download(JARS, tmp_path / "local")
    said = str(error.value)
    assert "the server's certificate is not trusted: " in said
    assert "; set SSL_CERT_FILE to the certificates (PEM) of your proxy or mirror, or add them to the system's" in said


def test_a_missing_file_of_certificates_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(InstallError, match=r"^SSL_CERT_FILE /nowhere/ca\.pem: is not there; correct it, or unset it"):
        download(JARS, tmp_path / "local")
