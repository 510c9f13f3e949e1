-- Purpose: the number of epochs that were counted with the event ledger and of whose events some may have expired.
-- Parameters: kept_from DateTime('UTC'), the earliest time of an event whose row cannot have expired yet.
-- Columns: epochs (replaced versions included).
SELECT count() AS epochs
FROM epoch_ledger
WHERE first_event_time < {kept_from:DateTime('UTC')}
