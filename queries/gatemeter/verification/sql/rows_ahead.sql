-- Purpose: no row is of offsets that its epoch's account does not reach yet.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; the offsets are those that the ledger does not speak of yet.
-- A flush writes the ledger last, so a running worker makes such rows for a moment, and one that died leaves them until
-- it is started again.
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
