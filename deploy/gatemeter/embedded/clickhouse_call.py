"""One request to ClickHouse's HTTP interface from its parsed header and body to its answer."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from gatemeter.embedded import clickhouse_request as wire
from gatemeter.embedded.clickhouse_accounts import Role
from gatemeter.embedded.clickhouse_answer import AnswerHeaders
from gatemeter.embedded.clickhouse_engine import Engine, EngineError
from gatemeter.embedded.clickhouse_errors import ErrorCode

# Three names mean Python objects to the engine's package, which have no bytes.
_TAG = re.compile(r"[0-9a-f]{32}")
_FORMAT = re.compile(r"(?!(?:arrowtable|dataframe|datastore)\Z)\w+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose login was right.

    `tag` names its statement while it runs: the id that the client chose, by which it may end the statement with KILL
    QUERY, if it is one that no other statement has.
    """

    headers: Mapping[str, str]
    arguments: Mapping[str, str]
    body: bytes
    query_id: str
    role: Role
    tag: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of(cls, request: Request, body: bytes, query_id: str, role: Role) -> "Call":
        """The call of a request whose body was read."""
        named = {"tag": query_id} if role is Role.ADMINISTRATOR and _TAG.fullmatch(query_id) else {}
        return cls(request.headers, dict(request.query_params), body, query_id, role, **named)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement, and the form in which its answer is wanted."""

    text: bytes
    session: wire.Session
    default_format: str
    accepted_encodings: str


def run(engine: Engine, answers: AnswerHeaders, call: Call) -> Response:
    """The answer to a call, also to one that fails."""
    try:
        return _success(engine, answers, _statement(call), call.query_id)
    except (wire.BadRequest, EngineError) as error:
        return answers.failure(error.what, error.code, call.query_id)


def _success(engine: Engine, answers: AnswerHeaders, statement: _Statement, query_id: str) -> Response:
    insert = None if statement.session.is_reading_only else wire.parse_insert(statement.text)
    if insert is not None:
        return answers.success(engine.insert(insert, statement.session), None, "", query_id)
    try:
        text = statement.text.decode()
    except UnicodeDecodeError as error:
        raise wire.BadRequest(f"The statement is not UTF-8: {error}", code=ErrorCode.SYNTAX_ERROR) from error
    answer = engine.query(text, statement.session, statement.default_format)
    output_format = wire.output_format(text, statement.default_format)
    if output_format is None and answer.body:
        output_format = statement.default_format
    return answers.success(answer, output_format, statement.accepted_encodings, query_id)


def _statement(call: Call) -> _Statement:
    arguments, body = dict(call.arguments), _body(call)
    content_type = call.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        arguments, body = arguments | wire.form_fields(content_type, body), b""
    text = wire.statement_bytes(arguments.get("query", ""), body)
    if not text.strip():
        raise wire.BadRequest("Empty query", code=ErrorCode.SYNTAX_ERROR)
    default_format = arguments.get("default_format") or call.headers.get("x-clickhouse-format") or "TabSeparated"
    if not _FORMAT.fullmatch(default_format):
        raise wire.BadRequest(f"Unknown format {default_format}", code=ErrorCode.UNKNOWN_FORMAT)
    wants_compression = arguments.get("enable_http_compression", "0") in {"1", "true"}
    return _Statement(
        text=text,
        session=wire.session_from(arguments, engine_role=call.role.engine_role, tag=call.tag),
        default_format=default_format,
        accepted_encodings=call.headers.get("accept-encoding", "") if wants_compression else "",
    )


def _body(call: Call) -> bytes:
    encoding = call.headers.get("content-encoding", "")
    if call.role is not Role.ADMINISTRATOR and encoding not in {"", "identity"}:
        # It sends short statements; a short compressed body can be very long.
        raise wire.BadRequest("This login sends its statements uncompressed", code=ErrorCode.NOT_IMPLEMENTED)
    return wire.decompress(call.body, encoding)
