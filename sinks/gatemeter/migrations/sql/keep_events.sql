-- Purpose: how long the rows of the event ledger are kept, by the events' own times.
-- Parameters: days UInt16.
-- Setting what is set already changes nothing; a shorter time applies to the rows that are stored, too.
ALTER TABLE ${database}.event_ledger ${on_cluster} MODIFY TTL toDateTime(time) + toIntervalDay({days:UInt16});
