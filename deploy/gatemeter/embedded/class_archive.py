"""An archive of Kafka's classes, from which Java starts Kafka in about half the time that it takes from the jars alone.

Java maps classes that are read and verified already from such a file (class data sharing). One is made for each Java
and each set of jars, once, in the cache of this user. Java refuses an archive that was made by another Java or from
other jars, and this module one whose content has changed. Whoever has none starts Kafka as before, only later.

`class_listing` writes the list of classes.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import xxhash

from gatemeter.embedded.private_files import PRIVATE_UMASK

CLASSES_FILE = Path(__file__).with_name("kafka.classlist")
"""The classes of Kafka's jars that a broker loads; those of Java are in a list that comes with it."""

_MAKING_TIMEOUT_S = 120
_MOST_ARCHIVES = 4
"""Of as many Javas and versions of Kafka, those that were used last are kept."""
_NONE = "none"
"""Stands for the hash in the name of the empty file that says: this Java makes no archive."""


def archive_options(java: Path, options: Sequence[str], classpath: str, folder: Path) -> list[str]:
    """Java's options that name the archive in `folder`, which is made if it is missing; [] where none can be had.

    `options` are those with which Kafka is run: an archive serves no others. Only for the holder of the cache's lock.
    """
    try:
        folder.mkdir(exist_ok=True)
        key = _key(java, options, classpath)
        found = _intact(folder, key) or _made(folder, key, java, options, classpath)
        os.utime(found)
        return [f"-XX:SharedArchiveFile={found}"] if found.stat().st_size else []
    except OSError:
        return []  # a full disk, say: Kafka starts without an archive


def _key(java: Path, options: Sequence[str], classpath: str) -> str:
    """Another one for another Java, other options, jars or classes."""
    modules = _home(java) / "lib" / "modules"
    files = [modules if modules.exists() else java, *map(Path, classpath.split(os.pathsep))]
    seen = [(str(file), status.st_size, status.st_mtime_ns) for file in files for status in [file.stat()]]
    return hashlib.sha256(repr((seen, list(options), CLASSES_FILE.read_bytes())).encode()).hexdigest()[:16]


def _home(java: Path) -> Path:
    return java.resolve().parent.parent


def _intact(folder: Path, key: str) -> Path | None:
    """The archive whose content is what was made; one that has changed is deleted."""
    for path in folder.glob(f"{key}-*.jsa"):
        if path.stem.rpartition("-")[2] in (_NONE, _hash_of(path)):
            return path
        path.unlink()
    return None


def _made(folder: Path, key: str, java: Path, options: Sequence[str], classpath: str) -> Path:
    drafts = folder / "drafts"
    shutil.rmtree(drafts, ignore_errors=True)  # of a run that was killed
    drafts.mkdir()
    draft = drafts / "draft.jsa"
    is_made = _dump(draft, java, options, classpath)
    if not is_made:
        draft.write_bytes(b"")
    made = draft.replace(folder / f"{key}-{_hash_of(draft) if is_made else _NONE}.jsa")
    shutil.rmtree(drafts)
    _forget_old(folder.glob("*.jsa"))
    return made


def _dump(draft: Path, java: Path, options: Sequence[str], classpath: str) -> bool:
    """Let Java write an archive to `draft`; whether it did."""
    classes = draft.with_name("classes")
    of_java = _home(java) / "lib" / "classlist"
    classes.write_bytes((of_java.read_bytes() if of_java.exists() else b"") + CLASSES_FILE.read_bytes())
    files = [f"-XX:SharedClassListFile={classes}", f"-XX:SharedArchiveFile={draft}"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            [str(java), *options, "-Xshare:dump", *files, "-cp", classpath],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_MAKING_TIMEOUT_S,
            umask=PRIVATE_UMASK,
        )
        return done.returncode == 0 and draft.exists()
    return False


def _forget_old(archives: Iterable[Path]) -> None:
    for path in sorted(archives, key=lambda path: path.stat().st_mtime_ns, reverse=True)[_MOST_ARCHIVES:]:
        path.unlink()


def _hash_of(path: Path) -> str:
    return xxhash.xxh3_128_hexdigest(path.read_bytes())
