-- Purpose: what is kept of a dead letter's text, and whether its writer may be in the middle of it.
-- Needs: the columns of the view dead_letter_list.
-- Columns: raw_hex (what is kept in clear), original_hex (the original, encrypted), source_positions, is_unfinished (the last
--   line of a file, not ended by a newline yet).
hex(raw) AS raw_hex,
    hex(original) AS original_hex,
    source_positions,
    (log, partition, offset) IN
    (
        -- Only the last epoch of a file knows whether its last line was ended since.
        SELECT log, partition, argMax(unterminated_line, epoch_first_offset) AS last_line
        FROM epoch_ledger FINAL
        WHERE log_kind = 'file'
        GROUP BY log, partition
        HAVING last_line >= 0
    ) AS is_unfinished
