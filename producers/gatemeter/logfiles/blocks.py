"""Reads the bytes of a log in blocks: from a file, a pipe or stdin; plain, gzip or Zstandard.

Memory is bounded for any input: a block is at most `BLOCK_BYTES`, and a compressed input is fed to its decoder in
pieces that cannot expand to more than some tens of megabytes.
"""

import os
import select
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import zstandard

from gatemeter.errors import InputError

STDIN = Path("-")
"""The path that means standard input."""

BLOCK_BYTES = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAGIC_BYTES = 4
# A Zstandard block of 4 bytes can expand to 128 KiB, so 512 bytes expand to 16 MiB at most.
_ZSTD_PIECE_BYTES = 512
# Below malloc's threshold for mapping new pages, which would take longer than the decoding.
_ZSTD_OUTPUT_BYTES = 64 * 1024

OnBytes = Callable[[int], None]


def check_readable(path: Path) -> int | None:
    """Raise InputError unless `path` can be read. Returns the size in bytes; None for a pipe, a device or stdin.

    It does not open `path`, so a named pipe loses nothing. `-` (standard input) is always readable.
    """
    if path == STDIN:
        return None
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError("is a directory", where=str(path), do="name the log files in it")
    if not os.access(path, os.R_OK):
        raise InputError("cannot be read: permission denied", where=str(path), do="check who may read it")
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def read_blocks(path: Path, *, on_bytes: OnBytes | None = None, idle_s: float | None = None) -> Iterator[bytes]:
    """Yield the uncompressed bytes of `path` in order, in blocks of any size up to `BLOCK_BYTES` (more for Zstandard).

    The first bytes decide the format; a file named .gz or .zst must have that format. With `idle_s` an empty block is
    yielded whenever the input has paused for that long. `on_bytes` gets, after each read, the number of (compressed)
    bytes read so far. Raises InputError if the input cannot be opened or read, or is corrupt or truncated, after all
    blocks before the damage have been yielded.
    """
    check_readable(path)
    descriptor, owned = _open(path)
    try:
        yield from _decoded(path, _raw_blocks(path, descriptor, on_bytes, idle_s))
    finally:
        if owned:
            os.close(descriptor)


def _open(path: Path) -> tuple[int, bool]:
    if path == STDIN:
        return sys.stdin.fileno(), False
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC), True
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file", where=str(path), do="check the path")
    reason = (error.strerror or str(error)).lower()
    return InputError(f"cannot be read: {reason}", where=str(path), do="check the path and who may read it")


def _is_ready(descriptor: int, timeout_s: float) -> bool:
    """Whether a read would return at once. It uses poll, because select is limited to 1,024 descriptors."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))


def _raw_blocks(path: Path, descriptor: int, on_bytes: OnBytes | None, idle_s: float | None) -> Iterator[bytes]:
    read_bytes = 0
    while True:
        while idle_s is not None and not _is_ready(descriptor, idle_s):
            yield b""
        try:
            block = os.read(descriptor, BLOCK_BYTES)
        except OSError as error:
            raise _unreadable(path, error) from error
        if not block:
            return
        read_bytes += len(block)
        if on_bytes is not None:
            on_bytes(read_bytes)
        yield block


class _Decoder(Protocol):
    def feed(self, raw: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


class _Plain:
    def feed(self, raw: bytes) -> Iterator[bytes]:
        yield raw

    def is_complete(self) -> bool:
        return True


class _Gzip:
    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        while raw:
            if self._member.eof:
                raw = raw.lstrip(b"\0")  # padding between and after members is allowed
                if not raw:
                    return
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            block = self._member.decompress(raw, BLOCK_BYTES)
            if block:
                yield block
            raw = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def is_complete(self) -> bool:
        return self._member.eof


class _Zstd:
    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame = self._decompressor.decompressobj(write_size=_ZSTD_OUTPUT_BYTES)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        for start in range(0, len(raw), _ZSTD_PIECE_BYTES):
            piece = raw[start : start + _ZSTD_PIECE_BYTES]
            while piece:
                if self._frame.eof:
                    self._frame = self._decompressor.decompressobj(write_size=_ZSTD_OUTPUT_BYTES)
                block = self._frame.decompress(piece)
                if block:
                    yield block
                piece = self._frame.unused_data if self._frame.eof else b""

    def is_complete(self) -> bool:
        return bool(self._frame.eof)


def _decoded(path: Path, raw_blocks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for block in raw_blocks:
        head += block
        if len(head) >= _MAGIC_BYTES:
            break
        if not block:
            yield b""
    decoder = _decoder_for(path, head)
    try:
        yield from decoder.feed(head)
        for block in raw_blocks:
            if block:
                yield from decoder.feed(block)
            else:
                yield b""
    except (zlib.error, zstandard.ZstdError) as error:
        raise InputError("the compressed data is corrupt", where=str(path), do="fetch the file again") from error
    if not decoder.is_complete():
        raise InputError("the compressed data is cut short", where=str(path), do="fetch the file again")


def _decoder_for(path: Path, head: bytes) -> _Decoder:
    if head.startswith(_GZIP_MAGIC):
        return _Gzip()
    if head.startswith(_ZSTD_MAGIC):
        return _Zstd()
    named: dict[str, type[_Decoder]] = {".gz": _Gzip, ".zst": _Zstd}
    decoder = named.get(path.suffix.lower())
    if decoder is None:
        return _Plain()
    if not head:
        return decoder()
    raise InputError(
        f"its name ends in {path.suffix} but its bytes do not begin like that",
        where=str(path),
        do="rename it if it is a plain log, else fetch it again",
    )
