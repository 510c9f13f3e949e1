"""The embedded engine behind ClickHouse's HTTP interface, driven by the ordinary network client, unchanged."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from gatemeter.embedded.clickhouse_errors import ErrorCode
from tests.support.servers import embedded_clickhouse
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

START = datetime(2026, 2, 1, tzinfo=UTC)
COLUMNS = ["id", "buckets", "hour", "seen", "raw"]
DDL = """
CREATE TABLE {} (
    id Int128, buckets Array(UInt16), hour DateTime('UTC'), seen Nullable(DateTime64(3, 'UTC')), raw String
) ENGINE = ReplacingMergeTree ORDER BY id
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An engine for the tests of this file."""
    with embedded_clickhouse(tmp_path_factory.mktemp("engine")) as url:
        yield url


def connect(url: str, **options: Any) -> Client:
    return clickhouse_connect.get_client(dsn=url, autogenerate_session_id=False, **options)


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Client]:
    with closing(connect(url, tz_mode="aware")) as client:
        yield client


@pytest.fixture
def table(client: Client, unique_name: str) -> str:
    """An empty table."""
    client.command(DDL.format(unique_name))
    return unique_name


def row(number: int, length: int = 1) -> tuple[Any, ...]:
    """A row; `length` is how often its text is repeated."""
    seen = START + timedelta(milliseconds=number) if number % 2 else None
    text = f"\0ü{number}" * length
    return (-(2**100) - number, [1, number % 65536, 65535], START + timedelta(hours=number % 24), seen, text)


def test_the_database_of_the_url_is_there(client: Client) -> None:
    assert client.database == "gatemeter"
    assert client.command("SELECT currentDatabase()") == "gatemeter"


def test_another_database_can_be_used(url: str, client: Client, unique_name: str) -> None:
    client.command(f"CREATE DATABASE {unique_name}")
    with closing(connect(url, database=unique_name)) as other:
        other.command("CREATE TABLE t (a Int8) ENGINE = Memory")
        assert other.command("SELECT currentDatabase()") == unique_name
    assert client.command(f"EXISTS {unique_name}.t") == 1


@pytest.mark.parametrize(
    ("compress", "count", "length"),
    smoke(
        [(True, 10_000, 150), (False, 5_000, 1), ("gzip", 5_000, 1), ("lz4", 5_000, 1), ("zstd", 5_000, 1)],
        3,
        reason="two more compressions of the client library",
    ),
)
def test_a_large_insert_comes_back_as_it_was(
    url: str, table: str, compress: bool | str, count: int, length: int
) -> None:
    """One of many blocks, as its texts are long; of each compression one of several chunks."""
    rows = [row(number, length) for number in range(count)]
    with closing(connect(url, compress=compress, tz_mode="aware")) as client:
        summary = client.insert(table, rows, column_names=COLUMNS)
        stored = client.query(f"SELECT * FROM {table} ORDER BY id DESC").result_rows
    assert summary.written_rows == len(rows)
    assert stored == rows


def test_typed_parameters_are_bound_on_the_server(client: Client, table: str) -> None:
    client.insert(table, [row(number) for number in range(10)], column_names=COLUMNS)
    query = f"SELECT raw FROM {table} WHERE id = {{id:Int128}} AND has({{some:Array(String)}}, {{text:String}})"
    text = "it's a \\ tab\t and ü"
    parameters = {"id": row(3)[0], "some": ["x", text], "text": text}
    assert client.query(query, parameters=parameters).result_rows == [(row(3)[4],)]


def test_parameters_too_long_for_a_url_are_bound_too(client: Client) -> None:
    many = list(range(20_000))
    assert client.query("SELECT arraySum({many:Array(UInt32)})", parameters={"many": many}).first_row == (sum(many),)


def test_settings_hold_for_one_statement_only(client: Client) -> None:
    query = "SELECT getSetting('max_block_size')"
    assert client.command(query, settings={"max_block_size": 1234}) == 1234
    assert client.command(query) != 1234


def test_formats_of_one_s_own_choice(client: Client) -> None:
    assert client.raw_query("SELECT 1 AS a, 'x' AS b", fmt="JSONEachRow") == b'{"a":1,"b":"x"}\n'
    assert client.raw_query("SELECT 1 AS a", fmt="CSVWithNames") == b'"a"\n1\n'


def test_a_raw_insert_takes_any_format(client: Client, table: str) -> None:
    client.raw_insert(table, ["id", "raw"], b"1\tone\n2\ttwo\n", fmt="TabSeparated")
    client.raw_insert(table, ["id", "raw"], b'{"id": 3, "raw": "three"}\n', fmt="JSONEachRow")
    assert client.query(f"SELECT raw FROM {table} ORDER BY id").result_columns == [["one", "two", "three"]]


def test_answers_without_rows(client: Client, table: str) -> None:
    assert client.query(f"SELECT * FROM {table}").result_rows == []
    assert client.query(f"SELECT * FROM {table} LIMIT 0").column_names == tuple(COLUMNS)
    assert client.command(f"SELECT id FROM {table}") == ""


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT nothing", ErrorCode.UNKNOWN_IDENTIFIER),
        ("SELECT * FROM nowhere", ErrorCode.UNKNOWN_TABLE),
        ("SELEC 1", ErrorCode.SYNTAX_ERROR),
        ("SELECT 1 SETTINGS no_such_setting = 1", ErrorCode.UNKNOWN_SETTING),
        ("INSERT INTO nowhere VALUES (1)", ErrorCode.UNKNOWN_TABLE),
    ],
)
def test_errors_carry_the_code_of_clickhouse(client: Client, statement: str, code: ErrorCode) -> None:
    with pytest.raises(DatabaseError) as error:
        client.command(statement)
    assert error.value.code == code


def test_a_failed_insert_stores_nothing(client: Client, table: str) -> None:
    with pytest.raises(DatabaseError) as error:
        client.raw_insert(table, ["id"], b"1\nnot a number\n", fmt="TabSeparated")
    assert error.value.code in {ErrorCode.CANNOT_PARSE_INPUT, ErrorCode.CANNOT_PARSE_TEXT}
    assert client.command(f"SELECT count() FROM {table}") == 0


@pytest.mark.parametrize("wrong", ["gatemeter:wrong", "stranger:{password}", "gatemeter:"])
def test_only_the_right_password_is_let_in(url: str, wrong: str) -> None:
    parts = urlsplit(url)
    credentials = wrong.format(password=parts.password)
    with pytest.raises(DatabaseError) as error:
        connect(url.replace(f"{parts.username}:{parts.password}", credentials))
    assert error.value.code == ErrorCode.AUTHENTICATION_FAILED
    assert str(parts.password) not in str(error.value)


def get(url: str, path: str, **headers: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=30)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_plain_http_works_as_with_clickhouse(url: str) -> None:
    password = str(urlsplit(url).password)
    assert get(url, "/ping") == (200, b"Ok.\n")
    assert get(url, "/?query=SELECT%201", X_ClickHouse_User="gatemeter", X_ClickHouse_Key=password) == (200, b"1\n")
    assert get(url, f"/?query=SELECT%202&user=gatemeter&password={password}") == (200, b"2\n")
    assert get(url, "/?query=SELECT%201")[0] == 401


def test_many_clients_work_side_by_side(url: str, table: str) -> None:
    def work(worker: int) -> int:
        with closing(connect(url)) as client:
            for batch in range(5):
                first = (worker * 5 + batch) * 100
                client.insert(table, [row(number) for number in range(first, first + 100)], column_names=COLUMNS)
            return int(client.query("SELECT {n:UInt32}", parameters={"n": worker}).result_rows[0][0])

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == list(range(6))
    with closing(connect(url)) as client:
        assert client.command(f"SELECT uniqExact(id) FROM {table}") == 6 * 5 * 100


@pytest.mark.long(reason="starts two engines; in `make test` one is restarted in the middle of a statement")
def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with embedded_clickhouse(tmp_path) as url, closing(connect(url)) as client:
        client.command("CREATE TABLE kept (a Int8) ENGINE = MergeTree ORDER BY a")
        client.insert("kept", [[7]], column_names=["a"])
    with embedded_clickhouse(tmp_path) as url, closing(connect(url)) as client:
        assert client.command("SELECT a FROM kept") == 7
    assert str(urlsplit(url).password) not in (tmp_path / "logs" / "clickhouse.log").read_text()
