"""The manual clock moves only with advance; the system clock is in UTC."""

from datetime import UTC, datetime, timedelta

from gatemeter.clock import ManualClock, SystemClock

START = datetime(2026, 2, 1, tzinfo=UTC)


def test_a_manual_clock_does_not_move_by_itself() -> None:
    clock = ManualClock(START)
    assert (clock.now(), clock.monotonic_s()) == (START, 0.0)


def test_advancing_moves_wall_and_monotonic_time() -> None:
    clock = ManualClock(START)
    clock.advance(1.5)
    clock.advance(0.5)
    assert (clock.now(), clock.monotonic_s()) == (START + timedelta(seconds=2), 2.0)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_system_clock_never_runs_backwards() -> None:
    clock = SystemClock()
    first = clock.monotonic_s()
    assert clock.monotonic_s() >= first
