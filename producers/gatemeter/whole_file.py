"""Files that are there whole or not at all: written under another name, and named when they are complete."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PRIVATE = 0o600
"""For its owner alone."""
_PUBLIC = 0o666


@contextmanager
def whole_file(
    path: Path, *, mode: int | None = None, draft: Path | None = None, replaces: bool = True
) -> Iterator[IO[bytes]]:
    """A file that stands at `path`, on disk, once the block has ended; after an error what was there before still does.

    `mode` are its rights, None for those that the umask leaves; until then it is its owner's alone. `draft` is the name
    that it has meanwhile, by default a new one beside `path`. With `replaces` unset, a file that is there then stays.
    Raises OSError.
    """
    target = path.resolve()
    descriptor, draft = _opened(target, draft)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(_PUBLIC & ~_umask() if mode is None else mode)
        if replaces:
            draft.replace(target)
        else:
            with suppress(FileExistsError):
                target.hardlink_to(draft)
        sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _opened(target: Path, draft: Path | None) -> tuple[int, Path]:
    if draft is not None:
        draft.unlink(missing_ok=True)
        return os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), draft
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    return descriptor, Path(name)


def sync_folder(folder: Path) -> None:
    """Let names that were made or changed in `folder` outlast a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
