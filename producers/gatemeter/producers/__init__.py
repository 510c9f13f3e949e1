"""Everything that writes frames to Kafka: the shipper of log files and the generator of synthetic traffic."""
