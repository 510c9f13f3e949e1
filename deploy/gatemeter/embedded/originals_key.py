"""The key file that encrypts the originals of dead letters: in a data directory, or wherever a person keeps it."""

from pathlib import Path

from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import DataDirError, SettingsError
from gatemeter.metering.originals import OriginalKeys, key_text, keys_from_text, new_key
from gatemeter.whole_file import PRIVATE, whole_file

KEY_FILE = "originals.key"
KEY_VARIABLE = "GATEMETER_ORIGINALS_KEY"
"""The variable that may hold the key itself."""
KEY_FILE_VARIABLE = "GATEMETER_ORIGINALS_KEY_FILE"
"""The variable that may name the file of the key."""


def directory_key(directory: DataDir) -> Path:
    """Where a data directory keeps its key: outside of the database, which holds only what the key encrypts."""
    return directory.path / KEY_FILE


def ensure_key(path: Path) -> None:
    """Write a new key to `path`, readable by its owner alone, unless it is there already. Raises DataDirError."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Where another process was faster, its key is the key.
        with whole_file(path, mode=PRIVATE, replaces=False) as file:
            file.write(key_text(new_key()).encode("ascii"))
    except OSError as error:
        raise DataDirError(f"cannot be written: {error.strerror}", where=str(path), do="name another --data") from error


def keys_in_file(path: Path) -> OriginalKeys:
    """The keys in a file, which is read when the first one is needed. That raises SettingsError."""
    return OriginalKeys(lambda: keys_from_text(_read(path), str(path)))


def keys_of_directory(directory: DataDir) -> OriginalKeys:
    """The keys of a data directory; its file is written when the first one is needed and there is none."""

    def load() -> list[bytes]:
        path = directory_key(directory)
        ensure_key(path)
        return keys_from_text(_read(path), str(path))

    return OriginalKeys(load)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError as error:
        do = "check the path and who may read it"
        raise SettingsError(f"the key cannot be read: {error.strerror}", where=str(path), do=do) from error
    except UnicodeDecodeError as error:
        raise SettingsError("is not a key file", where=str(path), do="make one with: openssl rand -hex 64") from error
