-- Purpose: how many stored texts 0024_agent_error_classes would erase.
-- Columns: the number of rows of agentic usage that hold the text of an error.
SELECT count() FROM agentic_usage_hourly FINAL WHERE error NOT IN ('', '(text removed)')
