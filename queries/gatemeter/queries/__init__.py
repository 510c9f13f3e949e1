"""From ClickHouse to people: license, billable, latency, LLM and tools reports."""
