-- Purpose: the closed bills.
-- Parameters: none.
-- Columns: number, sha256, statement (JSON), by number.
SELECT number, sha256, statement
FROM billing_statements
ORDER BY number, closed_at
