"""The stored tables, declared once.

A declaration drives what the accumulator emits, what the sink inserts, and the check that the server's columns are
the declared ones.

Every row carries its lineage: the `log` (a topic id, or the fingerprint of a file), the `partition`, the first offset
of the epoch it was computed from, and a `version`, the next offset at the time of writing. Rows are whole running
values, so a row with a higher version replaces the one before, and counting a log again replaces each row by itself.
"""

from gatemeter.schema.bookkeeping import CORRECTIONS, DEAD_LETTERS, EPOCH_LEDGER, EVENT_LEDGER, ORIGINAL_COLUMNS
from gatemeter.schema.meter_usage import METER_USAGE
from gatemeter.schema.minute_usage import MINUTE_USAGE
from gatemeter.schema.progress import COUNTED_ENDS, COUNTING_STARTS, PROGRESS_TABLES
from gatemeter.schema.table import Column, Table, TableRows
from gatemeter.schema.usage import (
    AGENTIC_USAGE,
    API_USAGE,
    LATENCIES,
    LLM_USAGE,
    MONTHLY_REQUESTS,
    STATUS_UNKNOWN,
    STREAM_SESSIONS,
)

TABLES = (
    API_USAGE,
    MINUTE_USAGE,
    MONTHLY_REQUESTS,
    LLM_USAGE,
    AGENTIC_USAGE,
    STREAM_SESSIONS,
    METER_USAGE,
    DEAD_LETTERS,
    EVENT_LEDGER,
    CORRECTIONS,
    EPOCH_LEDGER,
)
"""In the order in which a flush writes them: the ledger last, so that it never speaks of rows not yet stored."""

__all__ = [
    "AGENTIC_USAGE",
    "API_USAGE",
    "CORRECTIONS",
    "COUNTED_ENDS",
    "COUNTING_STARTS",
    "DEAD_LETTERS",
    "EPOCH_LEDGER",
    "EVENT_LEDGER",
    "LATENCIES",
    "LLM_USAGE",
    "METER_USAGE",
    "MINUTE_USAGE",
    "MONTHLY_REQUESTS",
    "ORIGINAL_COLUMNS",
    "PROGRESS_TABLES",
    "STATUS_UNKNOWN",
    "STREAM_SESSIONS",
    "TABLES",
    "Column",
    "Table",
    "TableRows",
]
