"""Reading CloudEvents: those of Kong's metering plugin, and plain metering events of other senders."""
