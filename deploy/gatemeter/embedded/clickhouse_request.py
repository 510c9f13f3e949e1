"""Parses requests to ClickHouse's HTTP interface; runs nothing."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import cramjam

from gatemeter.embedded.clickhouse_errors import ErrorCode
from gatemeter.errors import GatemeterError

_RESERVED_ARGUMENTS = frozenset(
    {
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "query_id",
        "quota_key",
        "role",
        "session_id",
        "session_timeout",
        "session_check",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "client_protocol_version",
        "stacktrace",
        # Holds the name by which a statement is killed.
        "log_comment",
        # Settings of the transport, which the embedded engine does not have.
        "enable_http_compression",
        "http_zlib_compression_level",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "cancel_http_readonly_queries_on_client_close",
    }
)
_PARAMETER_PREFIX = "param_"

# Possessive throughout (`*+`), so that any other statement is rejected in one pass.
_QUOTED = rb"`(?:[^`\\]|\\.|``)*+`|\"(?:[^\"\\]|\\.|\"\")*+\""
_NAME = rb"(?:" + _QUOTED + rb"|\w++)"
_INSERT = re.compile(
    rb"(?:\s++|--[^\n]*+\n|/\*.*?\*/)*+INSERT\s++INTO\s++(?:TABLE\s++)?(?P<table>"
    + _NAME
    + rb"(?:\."
    + _NAME
    + rb")?+)"
    rb"\s*+(?P<columns>\((?:" + _QUOTED + rb"|[^`\"'()])*+\))?+"
    rb"\s*+(?:SETTINGS\s++(?P<settings>[^\r\n]*?)\s++)?"
    rb"FORMAT\s++(?P<format>\w++)[ \t]*+(?:\r?\n|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TRAILING_FORMAT = re.compile(r"\bFORMAT\s+(?P<format>\w+)\s*(?:;\s*)*\Z", re.IGNORECASE)
_STRING = re.compile(r"'(?:[^'\\]|\\.|'')*+'")
_COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|\Z)|#[! ][^\n]*(?:\n|\Z)|/\*.*?\*/", re.DOTALL)
_ANSWERING = re.compile(r"\(*\s*(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|CHECK|VALUES|FROM)\b", re.IGNORECASE)
# In the order of preference for answers.
_CODECS: dict[str, Any] = {"zstd": cramjam.zstd, "lz4": cramjam.lz4, "gzip": cramjam.gzip, "deflate": cramjam.zlib}


class BadRequest(GatemeterError):  # noqa: N818 - named as HTTP names it
    """A request that cannot be parsed; `code` is ClickHouse's code for the reason."""

    def __init__(self, message: str, code: ErrorCode) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT with its data in `format`. Table and columns are SQL text, quoted as in the statement."""

    table: str
    columns: str
    settings: str
    format: str
    data: memoryview


@dataclass(frozen=True, slots=True)
class Session:
    """The context of a statement: database (empty: the engine's default), settings, and typed parameters by name."""

    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    engine_role: str | None = None
    """The role that the session takes on, which reads and nothing else; None: all rights."""
    tag: str = ""
    """A name by which the running statement can be killed."""

    @property
    def is_reading_only(self) -> bool:
        """Whether the session may change nothing."""
        return self.engine_role is not None


def session_from(arguments: Mapping[str, str], *, engine_role: str | None, tag: str) -> Session:
    """The session that URL arguments or form fields describe. An argument that is not reserved is a setting."""
    parameters = {
        name.removeprefix(_PARAMETER_PREFIX): value
        for name, value in arguments.items()
        if name.startswith(_PARAMETER_PREFIX)
    }
    settings = {
        name: value
        for name, value in arguments.items()
        if name not in _RESERVED_ARGUMENTS and not name.startswith(_PARAMETER_PREFIX)
    }
    return Session(arguments.get("database", ""), settings, parameters, engine_role, tag)


def statement_bytes(argument: str, body: bytes) -> bytes:
    """The whole statement: the `query` argument, if any, and then the body, as ClickHouse joins them."""
    return b"\n".join(part for part in (argument.encode(), body) if part)


def parse_insert(statement: bytes) -> Insert | None:
    """The parsed INSERT with data in a named format; None for any other statement."""
    found = _INSERT.match(statement)
    if not found:
        return None
    text = {name: (value or b"").decode("utf-8", "replace") for name, value in found.groupdict().items()}
    data = memoryview(statement)[found.end() :]
    return Insert(text["table"], text["columns"], text["settings"], text["format"], data)


def output_format(statement: str, default: str) -> str | None:
    """The format of the answer; None for a statement without an answer (DDL, INSERT, SET, ...)."""
    named = trailing_format(statement)
    if named:
        return named["format"]
    return default if answers(statement) else None


def trailing_format(statement: str) -> re.Match[str] | None:
    """The FORMAT clause at the end of a statement, but not in a comment there; its name is the group `format`."""
    named = _TRAILING_FORMAT.search(statement)
    if named is None:
        return None
    line = statement[statement.rfind("\n", 0, named.start()) + 1 : named.start()]
    return None if "--" in _STRING.sub("", line) else named


def answers(statement: str) -> bool:
    """Whether a statement is one of those that have rows as their answer, such as SELECT."""
    return _ANSWERING.match(_without_leading_comments(statement)) is not None


def basic_credentials(header: str) -> tuple[str, str] | None:
    """User and password of an `Authorization: Basic` header; None for any other header."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def form_fields(content_type: str, body: bytes) -> dict[str, str]:
    """The text fields of a `multipart/form-data` body. Raises BadRequest for an attached file (external data)."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        if part.get_filename() is not None:
            raise BadRequest("External data is not supported here", code=ErrorCode.NOT_IMPLEMENTED)
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        fields[str(name)] = content.decode() if isinstance(content, bytes) else ""
    return fields


def decompress(body: bytes, encoding: str) -> bytes:
    """The decompressed body. Raises BadRequest for an unknown encoding or damaged data."""
    if encoding in {"", "identity"}:
        return body
    if encoding not in _CODECS:
        raise BadRequest(f"Unknown content encoding {encoding}", code=ErrorCode.BAD_ARGUMENTS)
    try:
        # Clients compress block by block: the body may be a sequence of compressed pieces.
        return bytes(_CODECS[encoding].decompress(body))
    except cramjam.DecompressionError as error:
        raise BadRequest(f"The {encoding} body is damaged: {error}", code=ErrorCode.CANNOT_DECOMPRESS) from error


def encoding_of(accepted: str) -> str:
    """The cheapest encoding that `accepted` (an `Accept-Encoding` header) allows; empty if there is none."""
    names = {part.partition(";")[0].strip() for part in accepted.split(",")}
    return next((name for name in _CODECS if name in names), "")


def compressed(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The pieces as one stream in an encoding of `encoding_of`."""
    compressor = _CODECS[encoding].Compressor(1)
    for piece in pieces:
        compressor.compress(piece)
        yield bytes(compressor.flush())
    yield bytes(compressor.finish())


def _without_leading_comments(statement: str) -> str:
    start = 0
    while found := _COMMENT.match(statement, start):
        start = found.end()
    return statement[start:]
