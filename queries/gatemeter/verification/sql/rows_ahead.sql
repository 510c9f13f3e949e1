-- Purpose: no row counts offsets that the account of its epoch does not reach.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; the range of a finding is the offsets that the ledger does not reach.
-- A flush writes the ledger last. So a running worker causes such rows for a moment, and a worker that died leaves them
-- until it is started again.
WITH
    ${checked_epochs},
    ${stored_epochs},
    compared AS
    (
        SELECT
            ledger.topic AS topic,
            ledger.log AS log,
            ledger.partition AS partition,
            if(detail = '', ledger.epoch_first_offset, ledger.version) AS first_offset,
            stored_epochs.last_version AS next_offset,
            stored_epochs.table AS table,
            ledger.version AS expected,
            stored_epochs.last_version AS found,
            if(
                found > expected,
                concat('rows are ahead of the account of epoch ', toString(ledger.epoch_first_offset)), ''
            ) AS detail,
            stored_epochs.stored_rows AS rows
        FROM stored_epochs
        INNER JOIN checked_epochs AS ledger
            ON stored_epochs.log = ledger.log
            AND stored_epochs.partition = ledger.partition
            AND stored_epochs.epoch_first_offset = ledger.epoch_first_offset
    )
${check_result}
