"""From log to rows: decoding, accumulating in epochs, and the Faust worker that drives both from Kafka."""
