"""Answers of the engine as files, so that none has to fit into memory.

The engine writes an answer by itself when a statement says INTO OUTFILE, in every format. The file stays in the
engine's own directory and has no name any more once the statement has ended: it goes when the answer was sent.
"""

import contextlib
import re
from pathlib import Path
from typing import BinaryIO

from gatemeter.embedded.clickhouse_request import trailing_format
from gatemeter.embedded.private_files import PRIVATE_DIRECTORY

_FOLDER = "answers"
_END = re.compile(r"\s*(?:;\s*)*\Z")


class AnswerFiles:
    """The files of the answers of an engine whose directory is `engine_path`; those of an earlier run are deleted."""

    def __init__(self, engine_path: Path) -> None:
        self._folder = engine_path / _FOLDER
        self._folder.mkdir(PRIVATE_DIRECTORY, exist_ok=True)
        for left in self._folder.iterdir():
            left.unlink()

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def path(self, tag: str) -> Path:
        """Where the answer to the statement with `tag` is written."""
        return self._folder / tag

    def size_bytes(self, tag: str) -> int:
        """How much of the answer is written; 0 if there is no such file."""
        with contextlib.suppress(FileNotFoundError):
            return self.path(tag).stat().st_size
        return 0

    def take(self, tag: str) -> BinaryIO | None:
        """The answer, for whoever closes it; None if the statement has written none."""
        path = self.path(tag)
        try:
            return path.open("rb")
        except FileNotFoundError:
            return None
        finally:
            path.unlink(missing_ok=True)


def into_file(statement: str, path: Path, output_format: str) -> str:
    """The statement with its answer going to `path`. A FORMAT clause at its end overrides `output_format`."""
    named = trailing_format(statement)
    end = named or _END.search(statement)
    before = statement[: end.start()] if end else statement
    chosen = named["format"] if named else output_format
    quoted = str(path).replace("\\", "\\\\").replace("'", "\\'")
    # On a line of its own, because the statement may end with a comment.
    return f"{before}\nINTO OUTFILE '{quoted}' FORMAT {chosen}"
