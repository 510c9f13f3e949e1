-- Purpose: the seals of the epochs of a log.
-- Parameters: log String; recipes Array(UInt16), those that hashes can be made by.
-- Columns: those of the table seals, sealed_at as Unix ms; in the order of partition, number and offset.
SELECT
    log,
    partition,
    epoch_first_offset,
    toUnixTimestamp64Milli(sealed_at) AS sealed_at_ms,
    topic,
    number,
    next_offset,
    recipe,
    usage_hash,
    costs_hash,
    events,
    events_hash,
    dead_letters,
    dead_letters_hash,
    usage_seal,
    costs_seal,
    records_seal
FROM seals FINAL
WHERE log = {log:String} AND recipe IN {recipes:Array(UInt16)}
ORDER BY partition, number, epoch_first_offset
