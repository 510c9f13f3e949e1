"""How gatemeter reacts to a failed ClickHouse call. The error code decides, never the text."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TypeVar

import stamina
from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    DataError,
    Error,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)

from gatemeter.errors import ClickHouseUnavailable, ConflictError, GatemeterError, RetryableError


class ErrorCode(IntEnum):
    """The codes that gatemeter reacts to, with their names and numbers in ClickHouse's `system.errors`."""

    UNKNOWN_TABLE = 60
    UNKNOWN_DATABASE = 81
    TIMEOUT_EXCEEDED = 159
    TOO_SLOW = 160
    READONLY = 164
    CANNOT_ALLOCATE_MEMORY = 173
    UNKNOWN_USER = 192
    WRONG_PASSWORD = 193
    REQUIRED_PASSWORD = 194
    QUOTA_EXCEEDED = 201
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    NO_FREE_CONNECTION = 203
    SOCKET_TIMEOUT = 209
    NETWORK_ERROR = 210
    NO_ZOOKEEPER = 225
    ABORTED = 236
    MEMORY_LIMIT_EXCEEDED = 241
    TABLE_IS_READ_ONLY = 242
    NOT_ENOUGH_SPACE = 243
    TOO_MANY_PARTS = 252
    ALL_CONNECTION_TRIES_FAILED = 279
    TOO_FEW_LIVE_REPLICAS = 285
    UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE = 286
    UNKNOWN_STATUS_OF_INSERT = 319
    SESSION_IS_LOCKED = 373
    PART_IS_TEMPORARILY_LOCKED = 384
    QUERY_WAS_CANCELLED = 394
    FUNCTION_THROW_IF_VALUE_IS_NON_ZERO = 395
    CANNOT_SCHEDULE_TASK = 439
    DEADLOCK_AVOIDED = 473
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    SERVER_OVERLOADED = 745
    KEEPER_EXCEPTION = 999


PASSING = frozenset(
    {
        ErrorCode.TIMEOUT_EXCEEDED,
        ErrorCode.TOO_SLOW,
        ErrorCode.CANNOT_ALLOCATE_MEMORY,
        ErrorCode.QUOTA_EXCEEDED,
        ErrorCode.TOO_MANY_SIMULTANEOUS_QUERIES,
        ErrorCode.NO_FREE_CONNECTION,
        ErrorCode.SOCKET_TIMEOUT,
        ErrorCode.NETWORK_ERROR,
        ErrorCode.NO_ZOOKEEPER,
        ErrorCode.ABORTED,
        ErrorCode.MEMORY_LIMIT_EXCEEDED,
        # A replica that lost its Keeper session is read-only until it has it again.
        ErrorCode.TABLE_IS_READ_ONLY,
        # A disk fills and is emptied by people; meanwhile the backlog waits in Kafka.
        ErrorCode.NOT_ENOUGH_SPACE,
        ErrorCode.TOO_MANY_PARTS,
        ErrorCode.ALL_CONNECTION_TRIES_FAILED,
        ErrorCode.TOO_FEW_LIVE_REPLICAS,
        ErrorCode.UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE,
        ErrorCode.UNKNOWN_STATUS_OF_INSERT,
        ErrorCode.SESSION_IS_LOCKED,
        ErrorCode.PART_IS_TEMPORARILY_LOCKED,
        ErrorCode.QUERY_WAS_CANCELLED,
        ErrorCode.CANNOT_SCHEDULE_TASK,
        ErrorCode.DEADLOCK_AVOIDED,
        ErrorCode.SERVER_OVERLOADED,
        ErrorCode.KEEPER_EXCEPTION,
    }
)
"""Faults that pass by themselves, or once an operator acts on the server: the same call may succeed later."""

SLOW_TO_PASS = frozenset({ErrorCode.NOT_ENOUGH_SPACE, ErrorCode.TOO_MANY_PARTS, ErrorCode.QUOTA_EXCEEDED})
"""Passing faults that a quick retry would make worse."""

REFUSED_LOGIN = frozenset(
    {
        ErrorCode.UNKNOWN_USER,
        ErrorCode.WRONG_PASSWORD,
        ErrorCode.REQUIRED_PASSWORD,
        ErrorCode.AUTHENTICATION_FAILED,
    }
)
"""The server refuses the user or the password."""

Result = TypeVar("Result")

_QUICK_S, _SLOW_S = 1.0, 5.0
_CALLER_MISTAKE = (DataError, InterfaceError, NotSupportedError, ProgrammingError)
_UNFIT_VALUE = (AttributeError, OverflowError, TypeError, ValueError)
_LONGEST_TEXT = 300


def classify(error: Exception, where: str = "ClickHouse") -> GatemeterError:
    """The gatemeter error for `error`: RetryableError, or a StopError that says what to do.

    `where` names the call, for example the table that is written. An unknown code gives a StopError: going on after an
    unforeseen fault could lose numbers, and a restart repeats the work anyway.
    """
    code = error.code if isinstance(error, Error) else None
    text = " ".join(str(error).split())[:_LONGEST_TEXT]
    if code in PASSING:
        delay_s = _SLOW_S if code in SLOW_TO_PASS else _QUICK_S
        return RetryableError(f"ClickHouse is not ready: {text}", where=where, retry_after_s=delay_s)
    if code in REFUSED_LOGIN:
        return ClickHouseUnavailable("ClickHouse refused the user or password", where=where, do="correct them")
    if code == ErrorCode.READONLY:
        return read_only_login(where)
    if code == ErrorCode.ACCESS_DENIED:
        return ClickHouseUnavailable(f"ClickHouse does not allow this: {text}", where=where, do="grant the right")
    if code in {ErrorCode.UNKNOWN_TABLE, ErrorCode.UNKNOWN_DATABASE}:
        return ConflictError(f"a table is missing: {text}", where=where, do="run gatemeter migrate")
    if code is None and isinstance(error, ClickHouseError | OSError) and not isinstance(error, _CALLER_MISTAKE):
        # Without a code the server never answered: the connection broke, timed out, or a proxy answered for it.
        return RetryableError(f"ClickHouse did not answer ({root_cause(error)})", where=where, retry_after_s=_QUICK_S)
    return ClickHouseUnavailable(f"ClickHouse refused: {text}", where=where, do="see the server's log")


def code_of(error: Exception) -> int | None:
    """ClickHouse's code of what `error` was made of; None where ClickHouse did not answer."""
    code = error.__cause__.code if isinstance(error.__cause__, Error) else None
    return None if code is None else int(code)


def is_forbidden(error: Exception) -> bool:
    """Whether ClickHouse refused what the login has no right to do."""
    return code_of(error) in (ErrorCode.READONLY, ErrorCode.ACCESS_DENIED)


def is_connection_lost(error: Exception) -> bool:
    """Whether ClickHouse did not answer, or refused the login: another connection may help."""
    cause = error.__cause__
    is_of_server = isinstance(error, RetryableError | ClickHouseUnavailable)
    return is_of_server and isinstance(cause, ClickHouseError | OSError) and code_of(error) in (None, *REFUSED_LOGIN)


def read_only_login(where: str) -> ClickHouseUnavailable:
    """The error of a login that may change nothing, such as the one that `gatemeter up` prints."""
    return ClickHouseUnavailable(
        "this ClickHouse login only reads",
        where=where,
        do="name one that may write in --clickhouse; the one that gatemeter up prints is for reports: its own workers "
        "count, and meter counts into its store with --data",
    )


def root_cause(error: BaseException) -> str:
    """The innermost cause in a few words. The client wraps it three times, each time with the whole URL."""
    inner = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return " ".join(text.split())[:120] or type(inner).__name__


@contextmanager
def classified(where: str) -> Iterator[None]:
    """Turn every error that the ClickHouse client raises in the block into a gatemeter error, with the cause kept."""
    try:
        yield
    except (ClickHouseError, OSError) as error:
        raise classify(error, where) from error
    except _UNFIT_VALUE as error:
        # The client packs values into bytes and lets the errors of Python through.
        raise ConflictError(f"a value does not fit its column: {error}", where=where) from error


def with_retry(call: Callable[[], Result], *, attempts: int = 5) -> Result:
    """The result of `call`, tried at most `attempts` times with growing, jittered pauses (about 10 s in all).

    For commands that a person waits for; a worker retries without end in its flusher. Raises the last RetryableError,
    and any other error at once.
    """
    return stamina.retry(on=RetryableError, attempts=attempts, timeout=None, wait_initial=0.2, wait_max=5.0)(call)()
