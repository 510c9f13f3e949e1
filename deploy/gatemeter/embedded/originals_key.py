"""The key file that encrypts the originals of dead letters: in a data directory, or wherever a person keeps it."""

import contextlib
import os
import tempfile
from pathlib import Path

from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import DataDirError, SettingsError
from gatemeter.metering.originals import OriginalKeys, key_text, keys_from_text, new_key

KEY_FILE = "originals.key"
KEY_VARIABLE = "GATEMETER_ORIGINALS_KEY"
"""The variable that may hold the key itself."""
KEY_FILE_VARIABLE = "GATEMETER_ORIGINALS_KEY_FILE"
"""The variable that may name the file of the key."""
_PRIVATE = 0o600


def directory_key(directory: DataDir) -> Path:
    """Where a data directory keeps its key: outside of the database, which holds only what the key encrypts."""
    return directory.path / KEY_FILE


def ensure_key(path: Path) -> None:
    """Write a new key to `path`, readable by its owner alone, unless it is there already. Raises DataDirError."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".originals-", dir=path.parent)  # 0600 from the start
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(key_text(new_key()))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was faster: its key is the key
                os.link(draft, path)
        finally:
            Path(draft).unlink(missing_ok=True)
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
