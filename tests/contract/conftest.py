"""The real engine for the contracts that it has to keep."""

from tests.support.clickhouse_fixture import clickhouse_client, empty_clickhouse

__all__ = ["clickhouse_client", "empty_clickhouse"]
