"""The contract between whoever writes to Kafka and whoever reads."""
