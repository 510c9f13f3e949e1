"""How the error code of a failed ClickHouse call decides between a retry and a stop."""

import pytest
import stamina
from clickhouse_connect.driver.exceptions import DatabaseError, DataError, OperationalError, ProgrammingError

from gatemeter.clickhouse.errors import ErrorCode, classified, classify, is_forbidden, with_retry
from gatemeter.errors import ClickHouseUnavailable, ConflictError, ExitCode, GatemeterError, RetryableError, StopError


@pytest.fixture(autouse=True)
def _no_pauses() -> object:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.mark.parametrize(
    ("error", "reaction"),
    [
        (DatabaseError("x", code=ErrorCode.TOO_MANY_PARTS), RetryableError),
        (DatabaseError("x", code=ErrorCode.MEMORY_LIMIT_EXCEEDED), RetryableError),
        (DatabaseError("x", code=ErrorCode.TABLE_IS_READ_ONLY), RetryableError),
        (DatabaseError("x", code=ErrorCode.NOT_ENOUGH_SPACE), RetryableError),
        (DatabaseError("x", code=ErrorCode.TOO_MANY_SIMULTANEOUS_QUERIES), RetryableError),
        (OperationalError("connection refused"), RetryableError),
        (DatabaseError("HTTP status 502 from a proxy"), RetryableError),
        (TimeoutError("timed out"), RetryableError),
        (DatabaseError("x", code=ErrorCode.UNKNOWN_TABLE), ConflictError),
        (DatabaseError("x", code=16), StopError),
        (DatabaseError("x", code=ErrorCode.AUTHENTICATION_FAILED), ClickHouseUnavailable),
        (DatabaseError("x", code=ErrorCode.ACCESS_DENIED), ClickHouseUnavailable),
        (DatabaseError("a code from the future", code=4711), StopError),
        (DataError("a value of ours"), StopError),
        (ProgrammingError("the client has been closed"), StopError),
    ],
)
def test_the_error_code_decides_the_reaction(error: Exception, reaction: type[GatemeterError]) -> None:
    assert isinstance(classify(error, "api_usage_hourly"), reaction)


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [(ErrorCode.READONLY, True), (ErrorCode.ACCESS_DENIED, True), (ErrorCode.UNKNOWN_TABLE, False)],
)
def test_only_a_missing_right_means_that_a_login_may_not(code: ErrorCode, *, is_refused: bool) -> None:
    with pytest.raises(StopError) as caught, classified("store_settings"):
        raise DatabaseError("x", code=code)
    assert is_forbidden(caught.value) == is_refused


def test_a_full_server_is_retried_after_a_longer_pause() -> None:
    full = classify(DatabaseError("x", code=ErrorCode.TOO_MANY_PARTS))
    busy = classify(DatabaseError("x", code=ErrorCode.TOO_MANY_SIMULTANEOUS_QUERIES))
    assert isinstance(full, RetryableError)
    assert isinstance(busy, RetryableError)
    assert full.retry_after_s > busy.retry_after_s


def test_an_error_is_one_short_line_with_its_place() -> None:
    error = classify(DatabaseError("Code: 60.\n  DB::Exception: " + "x" * 5000, code=ErrorCode.UNKNOWN_TABLE), "t")
    assert str(error).startswith("t: a table is missing: Code: 60. DB::Exception")
    assert "\n" not in str(error)
    assert len(str(error)) < 500


def test_a_value_that_does_not_fit_stops_with_its_cause() -> None:
    cause = OverflowError("int too big to convert")
    with pytest.raises(ConflictError, match="does not fit") as caught, classified("epoch_ledger"):
        raise cause
    assert caught.value.__cause__ is cause
    assert caught.value.exit_code is ExitCode.CONFLICT


def test_passing_faults_are_retried_until_the_call_succeeds() -> None:
    outcomes = [RetryableError("busy"), RetryableError("busy"), None]

    def call() -> str:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome
        return "stored"

    assert with_retry(call) == "stored"
    assert outcomes == []


@pytest.mark.parametrize(("error", "calls"), [(RetryableError("busy"), 3), (ConflictError("changed"), 1)])
def test_only_passing_faults_are_retried_and_not_for_ever(error: GatemeterError, calls: int) -> None:
    made = []

    def call() -> None:
        made.append(1)
        raise error

    with pytest.raises(type(error)):
        with_retry(call, attempts=3)
    assert len(made) == calls
