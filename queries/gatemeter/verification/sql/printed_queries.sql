-- Purpose: queries as the server prints them, in one line.
-- Parameters: queries Array(String).
-- Columns: printed (an array in the order of `queries`).
SELECT arrayMap(query -> formatQuerySingleLine(query), {queries:Array(String)}) AS printed
