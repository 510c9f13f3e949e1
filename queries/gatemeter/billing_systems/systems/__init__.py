"""One module a billing system: its requests, its answers, its limits."""
