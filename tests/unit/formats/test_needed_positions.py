"""Whoever ships lines must know whether any event in them is identified by where it stood."""

import pytest

from gatemeter.formats.registry import needs_positions


@pytest.mark.parametrize("log_format", ["nginx-combined", "traefik", "kong-log", "cloudevents"])
def test_lines_that_may_hold_an_event_without_id_need_positions(log_format: str) -> None:
    assert needs_positions(log_format)


def test_a_format_that_nobody_knows_needs_none() -> None:
    assert not needs_positions("unknown")
