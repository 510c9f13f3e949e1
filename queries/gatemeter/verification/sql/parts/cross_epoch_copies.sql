-- Purpose: the CTE `copies`: events that were counted although a copy of them was counted too, as the event ledger has
--   them, each with its canonical copy.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to).
-- Columns: id_hash, outcome, log, partition, offset, line, event_index, epoch_first_offset, topic, time, consumer_id,
--   location and canonical_location (log, partition, offset, line, event_index), canonical_topic.
-- Copies are rows with one hash. The canonical copy has the smallest time and, of equal times, the smallest location.
-- So it stays the same until an earlier copy is added. Requests and other events never share a hash (but by chance).
counted_events AS
(
    SELECT *, (log, partition, offset, line, event_index) AS location
    FROM event_ledger FINAL
    WHERE time >= {from:DateTime('UTC')} AND time < {to:DateTime('UTC')} AND outcome IN ('counted', 'other_kind')
),
ranked AS
(
    SELECT
        *,
        row_number() OVER first_to_last AS copy_number,
        first_value(location) OVER first_to_last AS canonical_location,
        first_value(topic) OVER first_to_last AS canonical_topic
    FROM counted_events
    WHERE (id_hash, outcome) IN
    (
        SELECT id_hash, outcome FROM counted_events GROUP BY id_hash, outcome HAVING count() > 1
    )
    WINDOW first_to_last AS (PARTITION BY id_hash, outcome ORDER BY time, location)
),
copies AS
(
    SELECT *
    FROM ranked
    WHERE copy_number > 1
)
