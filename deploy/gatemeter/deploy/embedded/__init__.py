"""The embedded stack: the real Kafka and the real ClickHouse engine, started from Python packages."""
