-- Purpose: every location of an event in the event ledger, and how the event was counted there.
-- Parameters: id_hashes Array(UInt64), the hashes of the identities that the event may have; or at_log String ('' for
--   none), at_partition Int32, at_offset Int64, at_line UInt32, at_event_index UInt32, the location of one of its
--   copies.
-- Columns: id_hash, log, partition, offset, line, event_index, topic, log_kind, epoch_first_offset, epoch_next_offset,
--   rules, time and hour (text), consumer_id, outcome, kept_log ('' where nothing was corrected), kept_partition,
--   kept_offset, kept_line, kept_event_index, reason, booked_at (text); by time and location.
WITH known AS
(
    SELECT *
    FROM event_ledger FINAL
    WHERE has({id_hashes:Array(UInt64)}, id_hash) OR id_hash IN
    (
        SELECT id_hash
        FROM event_ledger FINAL
        WHERE log = {at_log:String}
            AND partition = {at_partition:Int32}
            AND offset = {at_offset:Int64}
            AND line = {at_line:UInt32}
            AND event_index = {at_event_index:UInt32}
    )
)
SELECT
    known.id_hash AS id_hash,
    known.log AS log,
    known.partition AS partition,
    known.offset AS offset,
    known.line AS line,
    known.event_index AS event_index,
    known.topic AS topic,
    if(ledger.log_kind != '', ledger.log_kind, replayed.log_kind) AS log_kind,
    known.epoch_first_offset AS epoch_first_offset,
    if(ledger.log_kind != '', ledger.version, replayed.version) AS epoch_next_offset,
    if(ledger.log_kind != '', ledger.rules, replayed.rules) AS rules,
    concat(replaceOne(toString(known.time), ' ', 'T'), 'Z') AS time,
    formatDateTime(known.time, '%Y-%m-%dT%H:00:00Z', 'UTC') AS hour,
    known.consumer_id AS consumer_id,
    known.outcome AS outcome,
    booked.kept_log AS kept_log,
    booked.kept_partition AS kept_partition,
    booked.kept_offset AS kept_offset,
    booked.kept_line AS kept_line,
    booked.kept_event_index AS kept_event_index,
    booked.reason AS reason,
    concat(replaceOne(toString(booked.booked_at), ' ', 'T'), 'Z') AS booked_at
FROM known
LEFT JOIN (SELECT * FROM epoch_ledger FINAL) AS ledger
    ON known.log = ledger.log
    AND known.partition = ledger.partition
    AND known.epoch_first_offset = ledger.epoch_first_offset
-- The event of a replayed dead letter has the location of the dead letter, and was counted in the log of replays.
LEFT JOIN
(
    SELECT substring(log, length('replay:') + 1) AS of_log, epoch_first_offset, version, log_kind, rules
    FROM epoch_ledger FINAL
    WHERE log_kind = 'replay'
) AS replayed
    ON known.log = replayed.of_log AND known.epoch_first_offset = replayed.epoch_first_offset
LEFT JOIN (SELECT * FROM corrections FINAL) AS booked
    ON known.log = booked.log
    AND known.partition = booked.partition
    AND known.offset = booked.offset
    AND known.line = booked.line
    AND known.event_index = booked.event_index
ORDER BY known.time, log, partition, offset, line, event_index
SETTINGS do_not_merge_across_partitions_select_final = 1
