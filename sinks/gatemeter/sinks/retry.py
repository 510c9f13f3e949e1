"""What to do about a failed ClickHouse call: decided by its error code, never by its text."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

from gatemeter.contracts.errors import ClickHouseUnavailable, ConflictError, GatemeterError, RetryableError
from gatemeter.sinks.error_codes import PASSING, REFUSED_LOGIN, SLOW_TO_PASS, ErrorCode

Result = TypeVar("Result")

_QUICK_S, _SLOW_S = 1.0, 5.0
_OUR_OWN_MISTAKE = (DataError, InterfaceError, NotSupportedError, ProgrammingError)
_UNFIT_VALUE = (AttributeError, OverflowError, TypeError, ValueError)
_LONGEST_TEXT = 300


def classify(error: Exception, where: str = "ClickHouse") -> GatemeterError:
    """The error of ours that says how to react to `error`: RetryableError, or a StopError with a way out.

    `where` names the call, such as the table written. A code that is not known to pass stops: going on after a fault
    nobody has thought about could lose numbers, and a restart repeats the work anyway.
    """
    code = error.code if isinstance(error, Error) else None
    text = " ".join(str(error).split())[:_LONGEST_TEXT]
    if code in PASSING:
        delay_s = _SLOW_S if code in SLOW_TO_PASS else _QUICK_S
        return RetryableError(f"ClickHouse is not ready: {text}", where=where, retry_after_s=delay_s)
    if code in REFUSED_LOGIN:
        return ClickHouseUnavailable("ClickHouse refused the user or password", where=where, do="correct them")
    if code in {ErrorCode.ACCESS_DENIED, ErrorCode.READONLY}:
        return ClickHouseUnavailable(f"ClickHouse does not allow this: {text}", where=where, do="grant the right")
    if code in {ErrorCode.UNKNOWN_TABLE, ErrorCode.UNKNOWN_DATABASE}:
        return ConflictError(f"a table is missing: {text}", where=where, do="run gatemeter migrate")
    if code is None and isinstance(error, ClickHouseError | OSError) and not isinstance(error, _OUR_OWN_MISTAKE):
        # Without a code the server never answered: the connection broke, timed out, or a proxy answered for it.
        return RetryableError(f"ClickHouse did not answer ({root_cause(error)})", where=where, retry_after_s=_QUICK_S)
    return ClickHouseUnavailable(f"ClickHouse refused: {text}", where=where, do="see the server's log")


def root_cause(error: BaseException) -> str:
    """The innermost reason in a few words; the client wraps it three times, each time with the whole URL."""
    inner = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return " ".join(text.split())[:120] or type(inner).__name__


@contextmanager
def classified(where: str) -> Iterator[None]:
    """Turn whatever the ClickHouse client raises inside into an error of ours, the original as its cause."""
    try:
        yield
    except (ClickHouseError, OSError) as error:
        raise classify(error, where) from error
    except _UNFIT_VALUE as error:
        # The client packs values into bytes itself and lets Python's own errors through.
        raise ConflictError(f"a value does not fit its column: {error}", where=where) from error


def with_retry(call: Callable[[], Result], *, attempts: int = 5) -> Result:
    """Call until it succeeds, at most `attempts` times with growing, jittered pauses (some 10 s in all).

    For commands that a person waits for; a worker waits without end in its flusher. Raises the last RetryableError,
    and any other error at once.
    """
    return stamina.retry(on=RetryableError, attempts=attempts, timeout=None, wait_initial=0.2, wait_max=5.0)(call)()
