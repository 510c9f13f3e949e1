"""The file of seal heads that somebody keeps out of reach of the database: one JSON object a line."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.verification.seal_check import SealHead


def heads_text(heads: Sequence[SealHead]) -> str:
    """The text of the file."""
    return "".join(f"{head.model_dump_json()}\n" for head in heads)


def read_heads(path: Path) -> list[SealHead]:
    """The heads in the file at `path`. Raises InputError for a file that `gatemeter seal export` did not write."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as a file of seals", where=str(path)) from error
    heads = [_head(line, f"{path}:{number}") for number, line in enumerate(lines, start=1)]
    if not heads:
        raise InputError("holds no seal", where=str(path), do="name a file that gatemeter seal export wrote")
    return heads


def _head(line: str, where: str) -> SealHead:
    try:
        return SealHead.model_validate_json(line)
    except ValidationError as error:
        raise InputError(
            "is no head of a seal", where=where, do="name a file that gatemeter seal export wrote"
        ) from error
