"""Asks gateways over their admin API what they have configured, and tells it as snapshots."""
