"""Requests to ClickHouse's HTTP interface are parsed as ClickHouse does it."""

import base64
import gzip
import zlib
from collections.abc import Callable

import cramjam
import pytest

from gatemeter.embedded.clickhouse_errors import ErrorCode, code_in, http_status
from gatemeter.embedded.clickhouse_request import (
    BadRequest,
    basic_credentials,
    compressed,
    decompress,
    encoding_of,
    form_fields,
    output_format,
    parse_insert,
    session_from,
    statement_bytes,
)

BLOCKS = (b"first block " * 100, b"second block " * 100)
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lambda data: bytes(cramjam.lz4.compress(data)),
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
    "gzip": gzip.compress,
}


def test_arguments_become_database_settings_and_parameters() -> None:
    session = session_from(
        {
            "database": "gatemeter",
            "query": "SELECT 1",
            "query_id": "q",
            "wait_end_of_query": "1",
            "session_id": "s",
            "max_threads": "2",
            "param_from": "2026-02-01",
            "log_comment": "mine",
        },
        engine_role="reader",
        tag="t",
    )
    assert session.database == "gatemeter"
    assert (session.is_reading_only, session.tag) == (True, "t")
    assert session.settings == {"max_threads": "2"}
    assert session.parameters == {"from": "2026-02-01"}


@pytest.mark.parametrize(
    ("statement", "table", "columns"),
    [
        (b"INSERT INTO usage (`a`, `b`) FORMAT Native\n", "usage", "(`a`, `b`)"),
        (b"insert into `my db`.`od``d` (a,b)\nformat native\r\n", "`my db`.`od``d`", "(a,b)"),
        (b'INSERT INTO TABLE "db"."t" FORMAT Native \n', '"db"."t"', ""),
        (b"/* who asks */ -- and why\nINSERT INTO t(`)`) FORMAT Native\n", "t", "(`)`)"),
    ],
)
def test_an_insert_with_data_is_parsed(statement: bytes, table: str, columns: str) -> None:
    insert = parse_insert(statement + b"\x00\xff FORMAT x\n")
    assert insert is not None
    assert (insert.table, insert.columns, insert.format.lower()) == (table, columns, "native")
    assert bytes(insert.data) == b"\x00\xff FORMAT x\n"


def test_settings_of_an_insert_are_kept() -> None:
    insert = parse_insert(b"INSERT INTO t (a) SETTINGS insert_deduplicate = 0, x = 'y' FORMAT TSV\n1\n")
    assert insert is not None
    assert insert.settings == "insert_deduplicate = 0, x = 'y'"


@pytest.mark.parametrize(
    "statement",
    [
        b"INSERT INTO t VALUES (1, ' FORMAT Native\n')",
        b"INSERT INTO t SELECT 1 FORMAT Native\n",
        b'INSERT INTO t FORMAT JSONEachRow {"a": 1}',
        b"SELECT 'INSERT INTO t FORMAT Native\n'",
        b"",
    ],
)
def test_other_statements_are_not_parsed_as_inserts(statement: bytes) -> None:
    assert parse_insert(statement) is None


@pytest.mark.parametrize(
    ("argument", "body", "whole"),
    [("SELECT 1", b"", b"SELECT 1"), ("", b"SELECT 1", b"SELECT 1"), ("INSERT ...", b"\x01", b"INSERT ...\n\x01")],
)
def test_argument_and_body_make_one_statement(argument: str, body: bytes, whole: bytes) -> None:
    assert statement_bytes(argument, body) == whole


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1", "TabSeparated"),
        ("SELECT 1\n FORMAT Native", "Native"),
        ("SELECT 1 format JSON ;\n", "JSON"),
        ("-- why\n/* who */ (WITH 1 AS x SELECT x)", "TabSeparated"),
        ("SHOW TABLES", "TabSeparated"),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", None),
        ("INSERT INTO t VALUES (1)", None),
        ("SELECTED", None),
    ],
)
def test_the_format_of_the_answer_follows_the_statement(statement: str, expected: str | None) -> None:
    assert output_format(statement, "TabSeparated") == expected


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_blocks_compressed_one_by_one_are_decompressed(encoding: str) -> None:
    body = b"".join(COMPRESSORS[encoding](block) for block in BLOCKS)
    assert decompress(body, encoding) == b"".join(BLOCKS)


@pytest.mark.parametrize("encoding", COMPRESSORS)
def test_a_damaged_body_is_refused(encoding: str) -> None:
    with pytest.raises(BadRequest, match="body is damaged") as refused:
        decompress(COMPRESSORS[encoding](BLOCKS[0])[:-8], encoding)
    assert refused.value.code == ErrorCode.CANNOT_DECOMPRESS


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(BadRequest, match="Unknown content encoding snappy"):
        decompress(b"", "snappy")


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("lz4,zstd,gzip", "zstd"),
        ("gzip, lz4;q=0.5", "lz4"),
        ("gzip", "gzip"),
        ("br", ""),
        ("", ""),
        ("deflate", "deflate"),
    ],
)
def test_an_answer_is_encoded_as_the_client_accepts(accepted: str, chosen: str) -> None:
    assert encoding_of(accepted) == chosen


@pytest.mark.parametrize("encoding", ["zstd", "lz4", "gzip", "deflate"])
def test_the_pieces_of_an_answer_become_one_compressed_stream(encoding: str) -> None:
    body = b"".join(compressed(BLOCKS, encoding))
    assert decompress(body, encoding) == b"".join(BLOCKS)
    assert len(body) < len(BLOCKS[0])


def test_deflate_means_zlib_as_in_http() -> None:
    assert zlib.decompress(b"".join(compressed(BLOCKS, "deflate"))) == b"".join(BLOCKS)


def test_credentials_are_read_from_the_header() -> None:
    header = "Basic " + base64.b64encode(b"user:pass:word").decode()
    assert basic_credentials(header) == ("user", "pass:word")


@pytest.mark.parametrize("header", ["", "Bearer abc", "Basic !!!", "Basic " + base64.b64encode(b"\xff").decode()])
def test_other_headers_give_no_credentials(header: str) -> None:
    assert basic_credentials(header) is None


def form(*parts: str) -> bytes:
    return "".join(f"--line\r\nContent-Disposition: form-data; {part}\r\n" for part in parts).encode() + b"--line--\r\n"


def test_fields_of_a_multipart_form_are_read() -> None:
    body = form('name="query"\r\n\r\nSELECT {x:String}\n', 'name="param_x"\r\n\r\nüber')
    fields = form_fields("multipart/form-data; boundary=line", body)
    assert fields == {"query": "SELECT {x:String}\n", "param_x": "über"}


def test_attached_files_are_not_supported() -> None:
    body = form('name="ext"; filename="rows"\r\n\r\n1\n')
    with pytest.raises(BadRequest, match="External data") as refused:
        form_fields("multipart/form-data; boundary=line", body)
    assert http_status(refused.value.code) == 501


@pytest.mark.parametrize(
    ("message", "code", "status"),
    [
        ("Code: 60. DB::Exception: Unknown table (UNKNOWN_TABLE)", 60, 404),
        ("Code: 62. DB::Exception: Syntax error", 62, 400),
        ("Code: 516. DB::Exception: no", 516, 403),
        ("Code: 241. DB::Exception: Memory limit", 241, 500),
        ("something odd", 1001, 500),
    ],
)
def test_errors_have_the_http_status_of_clickhouse(message: str, code: int, status: int) -> None:
    assert code_in(message) == code
    assert http_status(code_in(message)) == status
