"""What of an event goes on from a door: what metering reads, and nothing else."""
