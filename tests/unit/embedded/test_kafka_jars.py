"""Kafka's jars are downloaded once, verified at every start, and never used with a wrong hash."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from gatemeter.embedded import jar_download, kafka_jars
from gatemeter.embedded.jar_lock import KAFKA_VERSION, Jar, locked_jars
from gatemeter.embedded.kafka_jars import JarVerifier, kafka_classpath
from gatemeter.errors import InstallError

CONTENT = b"a jar"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, with a lock that names one small jar."""
    monkeypatch.setenv("GATEMETER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kafka_jars, "locked_jars", lambda: [JAR])
    return tmp_path / "cache"


class FakeRepository:
    """Serves `content` for every jar, and counts the jars."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.served = 0

    def __call__(self, jars: Sequence[Jar], repository: Path) -> None:
        for jar in jars:
            path = repository / jar.relative_path
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content)
            self.served += 1


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> FakeRepository:
    repository = FakeRepository(CONTENT)
    monkeypatch.setattr(jar_download, "download", repository)
    return repository


def test_the_lock_has_kafka_and_a_hash_for_every_jar() -> None:
    jars = locked_jars()
    assert any(jar.artifact == "kafka_2.13" and jar.version == KAFKA_VERSION for jar in jars)
    assert any(jar.artifact == "slf4j-simple" for jar in jars)
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in jars)


def test_missing_jars_are_downloaded_once(cache: Path, repository: FakeRepository) -> None:
    first = kafka_classpath()
    assert first == str(cache / "maven" / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar")
    assert kafka_classpath() == first
    assert repository.served == 1


def test_a_damaged_jar_is_downloaded_again(cache: Path, repository: FakeRepository) -> None:
    path = Path(kafka_classpath())
    path.write_bytes(CONTENT[:2])
    kafka_classpath()
    assert path.read_bytes() == CONTENT
    assert repository.served == 2


def test_a_jar_with_a_wrong_hash_is_never_used(cache: Path, repository: FakeRepository) -> None:
    repository.content = b"something else"
    with pytest.raises(InstallError, match=r"thing-1\.0\.jar: was downloaded, but its SHA-256 is not the locked one"):
        kafka_classpath()
    assert not (cache / "maven" / JAR.relative_path).exists()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GATEMETER_CACHE", str(tmp_path / "file"))
    with pytest.raises(InstallError, match=r"the cache cannot be written: .*; set GATEMETER_CACHE"):
        kafka_classpath()


def test_an_unchanged_jar_is_hashed_only_once(tmp_path: Path) -> None:
    path = tmp_path / JAR.relative_path
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    verifier = JarVerifier(tmp_path, tmp_path / "verified.json")
    assert verifier.is_intact(JAR)
    verifier.save()
    status = path.stat()
    path.write_bytes(b"b jar")  # the same size; with the same time only a hash shows the difference
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert JarVerifier(tmp_path, tmp_path / "verified.json").is_intact(JAR)
    os.utime(path)
    assert not JarVerifier(tmp_path, tmp_path / "verified.json").is_intact(JAR)


def test_a_verified_jar_with_another_hash_is_refused(tmp_path: Path) -> None:
    path = tmp_path / JAR.relative_path
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    verifier = JarVerifier(tmp_path, tmp_path / "verified.json")
    assert verifier.is_intact(JAR)
    assert not verifier.is_intact(Jar(JAR.group, JAR.artifact, JAR.version, "0" * 64))


def test_a_damaged_verified_file_only_costs_time(cache: Path, repository: FakeRepository) -> None:
    kafka_classpath()
    (cache / "verified.json").write_text('{"a": [1')
    kafka_classpath()
    assert repository.served == 1
