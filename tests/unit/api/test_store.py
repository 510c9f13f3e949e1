"""A store whose server was lost is opened anew, by one question at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from gatemeter.api.store import QueriedStore
from gatemeter.clickhouse.errors import ErrorCode, classified
from gatemeter.clickhouse.query import QueryTimeoutError, fetch, time_limit
from gatemeter.errors import ClickHouseUnavailable, GatemeterError, RetryableError, SettingsError


class FakeClient:
    uri = "http://localhost"
    server_settings: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        self.settings: list[dict[str, Any]] = []

    def query(self, _sql: str, parameters: object, settings: dict[str, Any]) -> None:
        self.settings.append(settings)
        raise DatabaseError("too slow", code=ErrorCode.TIMEOUT_EXCEEDED)


class Opener:
    def __init__(self, error: GatemeterError | None = None) -> None:
        self.opened = self.closed = 0
        self.error = error

    @contextmanager
    def __call__(self) -> Iterator[Client]:
        self.opened += 1
        if self.error is not None:
            raise self.error
        yield FakeClient()  # type: ignore[misc]
        self.closed += 1


def failing(error: Exception) -> Any:
    def question(_client: Client) -> None:
        with classified("report"):
            raise error

    return question


@pytest.mark.parametrize(
    ("error", "opened"),
    [
        (OperationalError("connection refused"), 2),
        (DatabaseError("other password", code=ErrorCode.AUTHENTICATION_FAILED), 2),
        (DatabaseError("busy", code=ErrorCode.MEMORY_LIMIT_EXCEEDED), 1),
        (SettingsError("unknown"), 1),
    ],
)
def test_only_a_lost_server_is_connected_to_again(error: Exception, opened: int) -> None:
    opener = Opener()
    store = QueriedStore(opener, 1.0)
    with pytest.raises(GatemeterError):
        store.ask(failing(error))
    store.ask(lambda client: client.uri)
    assert (opener.opened, opener.closed) == (opened, opened - 1)


def test_questions_that_waited_for_a_store_in_vain_are_refused_at_once() -> None:
    opener = Opener(ClickHouseUnavailable("gone"))
    store = QueriedStore(opener, 1.0)
    with pytest.raises(ClickHouseUnavailable):
        store.open()
    with pytest.raises(RetryableError):
        store.open()
    assert opener.opened == 1


def test_a_query_within_a_time_limit_is_asked_once_and_bounded() -> None:
    client = FakeClient()
    with time_limit(7.0), pytest.raises(QueryTimeoutError):
        fetch(client, "time_zone_known", {"time_zone": "UTC"})  # type: ignore[arg-type]
    [settings] = client.settings
    assert (settings["max_execution_time"], settings["timeout_overflow_mode"]) == (7, "throw")
