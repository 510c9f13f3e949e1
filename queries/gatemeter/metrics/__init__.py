"""The metrics query engine: any metrics by any dimensions that one catalogue names."""
