"""Apache Kafka and the ClickHouse engine on one machine, started from Python packages."""
