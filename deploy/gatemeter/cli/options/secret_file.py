"""Keys and tokens that options take from a file, so that they stand in no list of processes."""

from pathlib import Path

from gatemeter.errors import InputError


def secret_in(path: Path, kind: str) -> str:
    """The text of the file that --KIND-file names; `kind` is `key` or `token`.

    Raises InputError for a file that cannot be read, or is empty.
    """
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the {kind} file cannot be read", where=str(path), do=f"check --{kind}-file") from error
    if not secret:
        raise InputError(f"the {kind} file is empty", where=str(path), do=f"write the {kind} into it")
    return secret
