-- Purpose: deletes the rows of some attempts.
-- Slots: target, the table of the rung.
-- Parameters: settlings Array(UInt128).
DELETE FROM $target
WHERE has({settlings:Array(UInt128)}, settling)
