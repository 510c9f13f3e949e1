"""Errors are one line each, and every stop has a documented exit code."""

import pytest

from gatemeter.errors import (
    ClickHouseUnavailable,
    ConflictError,
    DataDirError,
    DeliveryError,
    ExitCode,
    GatemeterError,
    GatewayUnavailable,
    InputError,
    InstallError,
    KafkaUnavailable,
    RejectedEvent,
    RetryableError,
    SettingsError,
    StopError,
)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (GatemeterError("it broke"), "it broke"),
        (GatemeterError("it broke", where="a.log"), "a.log: it broke"),
        (GatemeterError("it broke", do="mend it"), "it broke; mend it"),
        (GatemeterError("it\n broke", where="a.log", do="mend\tit"), "a.log: it broke; mend it"),
    ],
)
def test_an_error_reads_as_one_line(error: GatemeterError, line: str) -> None:
    assert str(error) == line


@pytest.mark.parametrize(("detail", "line"), [("", "invalid_json"), ("byte 7", "invalid_json: byte 7")])
def test_a_rejected_event_carries_its_reason_code(detail: str, line: str) -> None:
    rejected = RejectedEvent("invalid_json", detail)
    assert (rejected.reason, rejected.detail, str(rejected)) == ("invalid_json", detail, line)


def test_a_retryable_error_says_when_to_try_again() -> None:
    assert RetryableError("busy", retry_after_s=3.0).retry_after_s == 3.0


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (StopError, ExitCode.INTERNAL),
        (SettingsError, ExitCode.USAGE),
        (InputError, ExitCode.INPUT),
        (KafkaUnavailable, ExitCode.KAFKA),
        (ClickHouseUnavailable, ExitCode.CLICKHOUSE),
        (DataDirError, ExitCode.DATA_DIR),
        (ConflictError, ExitCode.CONFLICT),
        (InstallError, ExitCode.INSTALL),
        (GatewayUnavailable, ExitCode.GATEWAY),
        (DeliveryError, ExitCode.DELIVERY),
    ],
)
def test_every_stop_error_has_its_exit_code(kind: type[StopError], code: ExitCode) -> None:
    assert kind("stop").exit_code == code


def test_exit_codes_are_as_scripts_expect() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130]


def test_an_error_shows_what_it_quotes_and_executes_nothing() -> None:
    error = GatemeterError("no \x1b]0;x\x07 here", where="a\u202eb\udcff.log", do="look")
    assert str(error) == r"a\u202eb\udcff.log: no \x1b]0;x\x07 here; look"
