"""The jars that Kafka needs, as the committed lock names them: Maven coordinates and a SHA-256 each.

For developers: `python -m gatemeter.embedded.jar_lock` resolves Kafka again and rewrites the lock. Run it after a
change of `ENDPOINT`, and review the difference: every installation trusts this lock.
"""

import tempfile
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


def main() -> None:
    """Resolve `ENDPOINT` and its run-time dependencies into an empty repository, and write the lock."""
    # Slow to import, and needed for a new lock only.
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import LockedDependency, LockFile
    from jgo.maven import MavenContext
    from jgo.parse import Endpoint

    with tempfile.TemporaryDirectory() as repository:
        repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
        context = MavenContext(repo_cache=Path(repository), remote_repos=repositories)
        wanted = [context.create_dependency(coordinate) for coordinate in Endpoint.parse(ENDPOINT).coordinates]
        inputs, needed = context.resolver.resolve(wanted)
        jars = [*inputs, *(jar for jar in needed if jar.scope in {"compile", "runtime"})]
        LockFile([LockedDependency.from_dependency(jar) for jar in jars], environment_name="kafka").save(LOCK_FILE)


if __name__ == "__main__":
    main()
