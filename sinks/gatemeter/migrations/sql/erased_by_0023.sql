-- Purpose: how many stored texts 0023_dead_letter_originals would erase.
-- Columns: the number of dead letters that hold more than the size of their text.
SELECT count() FROM dead_letters FINAL WHERE raw != '' AND raw != concat('(text, ', toString(raw_size_bytes), ' bytes)')
