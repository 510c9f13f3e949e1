"""From rows to ClickHouse: the schema's migrations and the writer that every worker and `meter` shares."""
