"""From ClickHouse to people: license, billable and latency reports."""
