"""For developers: `python -m gatemeter.embedded.lock_jars` resolves Kafka again and rewrites the jar lock.

Run it after a change of `ENDPOINT`, and review the difference: every installation trusts this lock.
"""

import tempfile
from pathlib import Path

from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext
from jgo.parse import Endpoint

from gatemeter.embedded.jar_lock import ENDPOINT, LOCK_FILE


def main() -> None:
    """Resolve `ENDPOINT` and its run-time dependencies into an empty repository, and write the lock."""
    with tempfile.TemporaryDirectory() as repository:
        repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
        context = MavenContext(repo_cache=Path(repository), remote_repos=repositories)
        wanted = [context.create_dependency(coordinate) for coordinate in Endpoint.parse(ENDPOINT).coordinates]
        inputs, needed = context.resolver.resolve(wanted)
        jars = [*inputs, *(jar for jar in needed if jar.scope in {"compile", "runtime"})]
        LockFile([LockedDependency.from_dependency(jar) for jar in jars], environment_name="kafka").save(LOCK_FILE)


if __name__ == "__main__":
    main()
