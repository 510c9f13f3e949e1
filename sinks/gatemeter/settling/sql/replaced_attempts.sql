-- Purpose: attempts whose rows nobody reads, and nobody will: a later attempt has settled the unit since.
-- Slots: target, the table of the rung.
-- Parameters: rung, table String, as in settled_units; grace_s UInt32, how long the unit has been settled by the later one.
-- Columns: settling.
SELECT DISTINCT written.settling AS settling
FROM
(
    SELECT DISTINCT log, partition, hour, settling
    FROM $target
) AS written
INNER JOIN
(
    SELECT log, partition, unit, settling, settled_at
    FROM settled_units FINAL
    WHERE rung = {rung:String} AND table = {table:String}
) AS settled
    ON settled.log = written.log AND settled.partition = written.partition AND settled.unit = written.hour
WHERE written.settling < settled.settling AND settled.settled_at <= now64(3, 'UTC') - INTERVAL {grace_s:UInt32} SECOND
