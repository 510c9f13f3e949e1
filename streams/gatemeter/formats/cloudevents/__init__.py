"""CloudEvents 1.0 in JSON, from Kong's metering plugin and other senders."""
