"""The jars that Kafka needs, as the committed lock names them: Maven coordinates and a SHA-256 each."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

KAFKA_VERSION = "4.2.0"
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")
CACHE_VARIABLE = "GATEMETER_CACHE"
"""The environment variable with the directory in which the jars are kept."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar: its Maven coordinates and the SHA-256 of its content, in hexadecimal."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def relative_path(self) -> Path:
        """Its path in a Maven repository."""
        return Path(*self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar")


def locked_jars() -> list[Jar]:
    """The jars of the committed lock, Kafka itself first."""
    document = tomllib.loads(LOCK_FILE.read_text(encoding="utf-8"))
    return [Jar(d["groupId"], d["artifactId"], d["version"], d["sha256"]) for d in document["dependencies"]]
