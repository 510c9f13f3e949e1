"""Files and Kafka topics as logs with contiguous offsets."""
