"""What the printed, read-only logins of the embedded ClickHouse can see and do, and what they cannot."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from gatemeter.embedded.clickhouse import EmbeddedClickHouse
from gatemeter.embedded.clickhouse_errors import ErrorCode
from gatemeter.errors import ClickHouseUnavailable
from tests.support.command_in_process import invoked, read, run
from tests.support.data_directories import NewDirectory
from tests.support.http_answers import get
from tests.support.kong_events import request_line
from tests.support.repository import ROOT
from tests.support.servers import clickhouse_process

pytestmark = pytest.mark.clickhouse

MARK = "only for the administrator"
OPEN_SYSTEM_TABLES = {
    *("aggregate_function_combinators", "build_options", "codecs", "collations", "columns", "completions"),
    *(
        "constraints",
        "contributors",
        "current_roles",
        "enabled_roles",
        "data_skipping_indices",
        "data_type_families",
        "database_engines",
        "databases",
    ),
    *("dictionaries", "documentation", "formats", "functions", "keywords", "licenses", "numbers", "numbers_mt", "one"),
    *("parts", "parts_columns", "primes", "settings", "statements", "table_engines", "table_functions", "tables"),
    *("time_zones", "tokenizers", "unicode", "zeros", "zeros_mt"),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, new_directory: NewDirectory) -> Iterator[EmbeddedClickHouse]:
    """An engine with gatemeter's tables, and a database and a file that a reader must not see."""
    folder = new_directory(tmp_path_factory.mktemp("engines") / "engine")
    with clickhouse_process(folder) as (engine, _):
        with closing(connect(engine.url)) as client:
            client.command("CREATE DATABASE private")
            client.command("CREATE TABLE private.t (a String) ENGINE = MergeTree ORDER BY a")
            client.command(f"INSERT INTO private.t SELECT '{MARK}'")
            client.command("CREATE TABLE writable (a Int8) ENGINE = MergeTree ORDER BY a")
        (folder / "secret.txt").write_text(MARK)
        yield engine


@pytest.fixture(scope="module")
def administrator(engine: EmbeddedClickHouse) -> Iterator[Client]:
    with closing(connect(engine.url)) as client:
        yield client


@pytest.fixture(scope="module")
def reader(engine: EmbeddedClickHouse) -> Iterator[Client]:
    with closing(connect(engine.reader_url)) as client:
        yield client


@pytest.fixture(scope="module")
def analyst(engine: EmbeddedClickHouse) -> Iterator[Client]:
    with closing(connect(engine.analyst_url)) as client:
        yield client


@pytest.fixture(params=["reader", "analyst"])
def either(request: pytest.FixtureRequest) -> Client:
    client = request.getfixturevalue(request.param)
    assert isinstance(client, Client)
    return client


@pytest.fixture
def secret(engine: EmbeddedClickHouse) -> Path:
    return engine.path.parent / "secret.txt"


def connect(url: str, **options: Any) -> Client:
    return clickhouse_connect.get_client(dsn=url, autogenerate_session_id=False, **options)


def ask(client: Client, statement: str) -> str:
    """The answer or the error, as text."""
    try:
        return str(client.raw_query(statement, fmt="TabSeparated"))
    except DatabaseError as error:
        return f"refused: {error}"


def test_it_reads_gatemeter_s_tables_and_views(reader: Client) -> None:
    assert reader.command("SELECT count() FROM api_usage_hourly") == 0
    assert reader.query("SELECT * FROM conservation").result_rows == []
    assert "api_usage_hourly" in str(reader.command("SHOW TABLES"))
    query = "SELECT {text:String} WHERE {text:String} != 'a;b -- file'"
    assert reader.query(query, parameters={"text": "x\ny"}).first_row == ("x\ny",)


def test_gatemeter_s_own_reports_work_with_it(engine: EmbeddedClickHouse) -> None:
    assert read("report", "billable", "--clickhouse", engine.reader_url) == []
    run("verify", "--clickhouse", engine.reader_url)


@pytest.mark.parametrize("command", ["meter LOG", "migrate", "worker --kafka 127.0.0.1:9"])
def test_what_would_write_says_that_it_only_reads(engine: EmbeddedClickHouse, tmp_path: Path, command: str) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(request_line("a") + b"\n")
    result = invoked(*command.replace("LOG", str(log)).split(), "--clickhouse", engine.reader_url)
    assert isinstance(result.exception, ClickHouseUnavailable)
    assert "this ClickHouse login only reads; name one that may write" in str(result.exception)
    assert "its own workers count" in str(result.exception)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT file('{secret}')",
        "SELECT `fi\\x6ce`('{secret}')",
        "SELECT \"file\" /* of them */ ('{secret}')",
        "SELECT * APPLY(file) FROM (SELECT '{secret}' AS a)",
        "SELECT arrayMap(file, ['{secret}'])",
        "WITH x -> file(x) AS f SELECT f('{secret}')",
        "SELECT * FROM file('{secret}', 'LineAsString')",
        "DESCRIBE file('{secret}', 'LineAsString')",
        "EXPLAIN SELECT file('{secret}')",
        "SELECT * FROM fileCluster('default', '{secret}', 'LineAsString')",
        "SELECT * FROM private.t",
        "SELECT * FROM merge('private', 't')",
        "SELECT * FROM loop(private.t)",
        "SELECT * FROM remote('127.0.0.1', 'private', 't')",
        "SELECT 1; SELECT * FROM private.t",
        "SELECT 1; SET ROLE DEFAULT; SELECT * FROM private.t",
        "SET ROLE administrator",
        "SELECT $x$;$x$; SET ROLE administrator; SELECT * FROM private.t",
        "SELECT * FROM writable SETTINGS readonly = 0",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('https://bucket.s3.amazonaws.com/x.csv')",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM python(engine)",
        "SELECT aiGenerate('x', map('a', 'b'))",
        "INSERT INTO writable VALUES (1)",
        "INSERT INTO writable FORMAT TabSeparated\n1\n",
        "INSERT INTO writable FROM INFILE '{secret}' FORMAT TabSeparated",
        "INSERT INTO FUNCTION file('{secret}', 'CSV', 'a Int8') SELECT 1",
        "SELECT 1 INTO OUTFILE '{secret}'",
        "SHOW TABLES INTO OUTFILE '{secret}' TRUNCATE",
        "DROP TABLE writable",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TEMPORARY TABLE v (a Int8)",
        "SYSTEM SHUTDOWN",
        "KILL QUERY WHERE 1",
        "USE system",
    ],
)
def test_nothing_else_is_read_written_or_switched(
    administrator: Client, either: Client, secret: Path, statement: str
) -> None:
    answer = ask(either, statement.replace("{secret}", str(secret)))
    assert answer.startswith("refused: ")
    assert MARK not in answer
    assert secret.read_text() == MARK
    assert administrator.command("SELECT count() FROM writable") == 0


def test_settings_cannot_be_changed(engine: EmbeddedClickHouse) -> None:
    for setting in ("max_memory_usage=1", "max_execution_time=301", "max_execution_time=0", "readonly=0"):
        status, body = get(engine.reader_url, f"/?query=SELECT%201&{setting}")
        assert (status, b"READONLY" in body) == (403, True), setting
    assert get(engine.reader_url, "/?query=SELECT%20getSetting('readonly')&log_comment=x") == (200, b"1\n")


def test_a_statement_may_be_given_less_time(engine: EmbeddedClickHouse) -> None:
    asked = "/?query=SELECT%20getSetting('max_execution_time')"
    assert get(engine.analyst_url, f"{asked}&max_execution_time=60") == (200, b"60\n")
    assert get(engine.analyst_url, asked) == (200, b"300\n")


def test_an_analyst_reads_the_views_and_no_table(administrator: Client, analyst: Client) -> None:
    is_definer = "create_table_query LIKE '%SQL SECURITY DEFINER%'"
    tables = administrator.query(f"SELECT name, {is_definer} FROM system.tables WHERE database = 'gatemeter'")
    is_for_analysts = {str(name): bool(is_for) for name, is_for in tables.result_rows}
    administrator.command(
        "INSERT INTO api_usage_hourly (hour, requests, status) VALUES ('2026-02-03 10:00:00', 3, 200)"
    )
    told = {name: not ask(analyst, f"SELECT * FROM {name}").startswith("refused: ") for name in is_for_analysts}
    shown = analyst.query("SELECT consumer_id, requests FROM api_usage").result_rows
    administrator.command("TRUNCATE TABLE api_usage_hourly")
    assert told == is_for_analysts
    assert {"dead_letters", "dead_letter_list", "event_ledger"} <= {name for name, may in told.items() if not may}
    assert shown == [("anonymous", 3)]
    assert str(analyst.command("SHOW TABLES")).split() == sorted(name for name, may in told.items() if may)
    assert "Add up" in str(analyst.query("DESCRIBE api_usage").result_rows)


def test_analysts_of_a_server_get_the_same_views() -> None:
    granted = re.compile(r"GRANT SELECT ON gatemeter\.(\w+)")
    embedded = granted.findall((ROOT / "deploy/gatemeter/embedded/clickhouse_access.xml").read_text())
    assert granted.findall((ROOT / "deploy/clickhouse/analyst.sql").read_text()) == embedded


def test_the_login_for_servers_is_sql_that_clickhouse_parses(engine: EmbeddedClickHouse) -> None:
    text = re.sub(r"^--.*\n", "", (ROOT / "deploy/clickhouse/analyst.sql").read_text(), flags=re.MULTILINE)
    written = [statement for part in text.split(";\n") if (statement := " ".join(part.split()))]
    with closing(connect(engine.url)) as administrator:
        for statement in written:
            parameters = {"statement": statement}
            [(printed,)] = administrator.query(
                "SELECT formatQuerySingleLine({statement:String})", parameters=parameters
            ).result_rows
            assert printed.split()[:2] == statement.split()[:2]
    assert len(written) > 20


def test_system_tables_that_tell_about_others_are_empty(engine: EmbeddedClickHouse, either: Client) -> None:
    with closing(connect(engine.url)) as administrator:
        tables = str(administrator.command("SELECT name FROM system.tables WHERE database = 'system'")).split()
    told = {table for table in tables if ask(either, f"SELECT 1 FROM system.{table} LIMIT 1") == "b'1\\n'"}
    assert told <= OPEN_SYSTEM_TABLES
    assert "private" not in str(either.command("SELECT groupArray(name) FROM system.databases"))


@pytest.mark.parametrize(
    ("login", "status", "said"),
    [
        ("reader:{password}", 200, b"Ok.\n"),
        ("reader:wrong", 403, b"Authentication failed: password is incorrect"),
        ("", 401, b"Authentication failed: a user and a password are needed"),
    ],
)
def test_the_printed_address_says_whether_its_login_is_right(
    engine: EmbeddedClickHouse, login: str, status: int, said: bytes
) -> None:
    login = login.replace("{password}", engine.reader_password)
    address = engine.reader_url.replace(f"reader:{engine.reader_password}@", f"{login}@" if login else "")
    answer = get(address, "/gatemeter")
    assert (answer[0], said in answer[1]) == (status, True)


def test_without_a_login_only_the_ping_answers(engine: EmbeddedClickHouse) -> None:
    address = engine.reader_url.replace(f"reader:{engine.reader_password}@", "")
    assert get(address, "/ping") == (200, b"Ok.\n")
    assert get(address, "/") == (200, b"Ok.\n")
    assert get(address, "/?query=SELECT%201")[0] == 401


@pytest.mark.parametrize("name", ["DataFrame", "arrowtable", "CSV%20SETTINGS%20readonly%3D0", "Nothing"])
def test_a_format_that_clickhouse_has_not_is_refused(engine: EmbeddedClickHouse, name: str) -> None:
    assert get(engine.reader_url, f"/?query=SELECT%201&default_format={name}")[0] == 404


def test_a_compressed_statement_is_not_taken(engine: EmbeddedClickHouse) -> None:
    status, body = get(engine.reader_url, "/", body=b"x", Content_Encoding="zstd")
    assert (status, f"Code: {ErrorCode.NOT_IMPLEMENTED:d}".encode() in body) == (501, True)
