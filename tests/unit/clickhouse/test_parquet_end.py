"""A Parquet file whose end is missing is an error: ClickHouse may write why at the end of what it has sent already."""

import io
from typing import Any

import pytest

from gatemeter.clickhouse.query import fetch_parquet
from gatemeter.errors import RetryableError


class Sends:
    """A client of a server that sends `content`."""

    uri = "http://localhost"
    server_settings: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def __init__(self, content: bytes) -> None:
        self._content = content

    def raw_stream(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self._content)


def pieces(content: bytes) -> bytes:
    return b"".join(fetch_parquet(Sends(content), "metrics", "SELECT 1", {}))  # type: ignore[arg-type]


def test_a_whole_file_is_passed_on_as_it_is() -> None:
    content = b"PAR1" + bytes(600_000) + b"PAR1"
    assert pieces(content) == content


@pytest.mark.parametrize("content", [b"", b"PAR1 some pages", b"PAR1 pages Code: 241. DB::Exception: memory\n", b"PAR"])
def test_a_file_without_its_end_is_an_error(content: bytes) -> None:
    with pytest.raises(RetryableError, match="no end"):
        pieces(content)
