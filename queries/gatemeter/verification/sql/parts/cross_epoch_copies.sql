-- Purpose: the CTE `copies`: events of a span of time that were counted although a copy of them was, as the event
--   ledger has them, each with the copy that is kept.
-- Parameters: from, to DateTime('UTC'), events with times in [from, to).
-- Columns: id_hash, outcome, log, partition, offset, line, event_index, epoch_first_offset, topic, time, consumer_id,
--   kept_topic, kept_place (log, partition, offset, line, event_index).
-- Copies are rows with one hash. Kept is the one with the smallest time, and then place; so it is the same one whoever
-- asks, as long as no earlier one is added. Requests and other events never share a hash (but by chance).
standing AS
(
    SELECT *, (log, partition, offset, line, event_index) AS place
    FROM event_ledger FINAL
    WHERE time >= {from:DateTime('UTC')} AND time < {to:DateTime('UTC')} AND outcome IN ('counted', 'other_kind')
),
ranked AS
(
    SELECT
        *,
        row_number() OVER first_to_last AS nth,
        first_value(place) OVER first_to_last AS kept_place,
        first_value(topic) OVER first_to_last AS kept_topic
    FROM standing
    WHERE (id_hash, outcome) IN (SELECT id_hash, outcome FROM standing GROUP BY id_hash, outcome HAVING count() > 1)
    WINDOW first_to_last AS (PARTITION BY id_hash, outcome ORDER BY time, place)
),
copies AS
(
    SELECT *
    FROM ranked
    WHERE nth > 1
)
