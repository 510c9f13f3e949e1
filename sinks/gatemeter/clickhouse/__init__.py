"""Reading and writing ClickHouse through clickhouse-connect."""
