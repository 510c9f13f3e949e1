"""The health, lag and metrics of a worker."""
