"""Log lines to frames in Kafka, keyed by consumer."""
