"""Compressed bodies, unpacked up to a bound: a few kilobytes can unpack to gigabytes."""

import zlib
from http import HTTPStatus

import zstandard

from gatemeter.httpserver.problem import ProblemError

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
"""RFC 8878 recommends that every decoder allows as much."""
_PIECE_BYTES = 256


def unpacked(body: bytes, content_encoding: str, limit_bytes: int) -> bytes:
    """`body` without its `Content-Encoding`: gzip, zstd, or none.

    Raises ProblemError: 413 for more than `limit_bytes`, 400 for damaged data, 415 for another encoding.
    """
    match content_encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _gunzipped(body, limit_bytes)
        case "zstd":
            return _unzstd(body, limit_bytes)
    raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is neither gzip nor zstd")


def _gunzipped(body: bytes, limit_bytes: int) -> bytes:
    found = bytearray()
    try:
        while body:
            member = zlib.decompressobj(_GZIP_WINDOW)
            found += member.decompress(body, limit_bytes + 1 - len(found))
            _check(len(found), limit_bytes)
            if not member.eof:
                raise _damaged("gzip")
            body = member.unused_data
    except zlib.error as error:
        raise _damaged("gzip") from error
    return bytes(found)


def _unzstd(body: bytes, limit_bytes: int) -> bytes:
    found = bytearray()
    try:
        while body:
            frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
            # A block has 4 bytes or more and unpacks to 128 KiB at most, so a piece of the body to 8 MiB.
            for start in range(0, len(body), _PIECE_BYTES):
                found += frame.decompress(body[start : start + _PIECE_BYTES])
                _check(len(found), limit_bytes)
                if frame.eof:
                    body = frame.unused_data + body[start + _PIECE_BYTES :]
                    break
            else:
                raise _damaged("zstd")
    except zstandard.ZstdError as error:
        raise _damaged("zstd") from error
    return bytes(found)


def _check(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body unpacks to more than {limit_bytes} bytes; send fewer events"
        )


def _damaged(name: str) -> ProblemError:
    return ProblemError(HTTPStatus.BAD_REQUEST, f"the body is not whole {name} data")
