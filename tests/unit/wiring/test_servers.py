"""How long the prepared clients wait for an answer."""

from typing import Any

import clickhouse_connect
import pytest

from gatemeter.clickhouse.connection import ANSWER_TIMEOUT_S, WRITE_TIMEOUT_S
from gatemeter.errors import ClickHouseUnavailable
from gatemeter.wiring.servers import open_worker_sink, prepare_clickhouse


@pytest.mark.parametrize(
    ("opened", "timeout_s"),
    [(lambda url: open_worker_sink(url, None), WRITE_TIMEOUT_S), (prepare_clickhouse, ANSWER_TIMEOUT_S)],
)
def test_a_write_is_given_up_sooner_than_a_long_query(
    opened: Any, timeout_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[int] = []

    def get_client(*, send_receive_timeout: int, **_options: object) -> None:
        asked_for.append(send_receive_timeout)
        raise OSError

    monkeypatch.setattr(clickhouse_connect, "get_client", get_client)
    with pytest.raises(ClickHouseUnavailable):
        opened("http://127.0.0.1:1/metering")
    assert asked_for == [timeout_s]
    assert WRITE_TIMEOUT_S < ANSWER_TIMEOUT_S
