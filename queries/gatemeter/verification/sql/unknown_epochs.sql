-- Purpose: every stored row belongs to an epoch that has an account in the ledger.
-- Parameters: those of parts/checked_epochs.sql; an unknown epoch without a row in the span is left out.
-- Columns: those of parts/check_result.sql; found counts the rows, replaced versions included.
WITH
    ${stored_epochs},
    compared AS
    (
        SELECT
            '' AS topic,
            stored_epochs.log AS log,
            stored_epochs.partition AS partition,
            stored_epochs.epoch_first_offset AS first_offset,
            stored_epochs.last_version AS next_offset,
            stored_epochs.table AS table,
            0 AS expected,
            if(ledger.known = 1, 0, stored_epochs.stored_rows) AS found,
            if(ledger.known = 1, '', 'rows of an epoch that the ledger does not know') AS detail,
            stored_epochs.stored_rows AS rows
        FROM stored_epochs
        LEFT JOIN (SELECT log, partition, epoch_first_offset, 1 AS known FROM epoch_ledger FINAL) AS ledger
            ON stored_epochs.log = ledger.log
            AND stored_epochs.partition = ledger.partition
            AND stored_epochs.epoch_first_offset = ledger.epoch_first_offset
        WHERE stored_epochs.in_span
    )
${check_result}
