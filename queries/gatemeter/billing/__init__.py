"""Bills: stored usage, rated by the plans of accounts."""
