"""The Kafka client: connections, producing, topics."""
