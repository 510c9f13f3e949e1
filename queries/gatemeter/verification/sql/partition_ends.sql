-- Purpose: the epochs of each partition begin where counting began, and reach as far as counting has ever come.
-- Parameters: none; which hours an epoch held that is gone nobody knows, so all partitions are looked at in every span.
-- Columns: those of parts/check_result.sql; expected and found are offsets.
-- Without a recorded start counting began at offset 0. The record of an end is written after the ledger, so it is
-- never ahead of it. Workers record the starts of all partitions of a topic, which have no gap in their numbers.
WITH
    partition_ends AS
    (
        SELECT
            anyIf(topic, topic != '') AS topic,
            log,
            partition,
            countIf(source = 'epoch') AS epochs,
            minIf(first_offset, source = 'epoch') AS first_counted,
            maxIf(next_offset, source = 'epoch') AS counted_until,
            countIf(source = 'end') > 0 AS is_end_known,
            maxIf(next_offset, source = 'end') AS known_end,
            maxIf(first_offset, source = 'start') AS start
        FROM
        (
            SELECT topic, log, partition, epoch_first_offset AS first_offset, version AS next_offset, 'epoch' AS source
            FROM epoch_ledger FINAL
            WHERE log_kind IN ('kafka', 'file')
            UNION ALL
            SELECT topic, log, partition, 0, version, 'end' FROM counted_ends FINAL
            UNION ALL
            SELECT topic, log, partition, first_offset, 0, 'start' FROM counting_starts FINAL
        )
        GROUP BY log, partition
        HAVING epochs > 0 OR is_end_known
    ),
    unknown_partitions AS
    (
        SELECT
            any(topic) AS topic,
            log,
            arrayJoin(arrayFilter(
                number -> NOT has(groupArray(partition), number), range(toInt32(max(partition)) + 1)
            )) AS partition
        FROM
        (
            SELECT topic, log, partition, reason IN ('log_start', 'log_end') AS is_of_worker FROM counting_starts FINAL
            UNION ALL
            SELECT topic, log, partition, 0 FROM partition_ends
        )
        GROUP BY log
        HAVING max(is_of_worker) = 1
    ),
    compared AS
    (
        SELECT
            topic,
            log,
            toInt32(partition) AS partition,
            toInt64(0) AS first_offset,
            toInt64(0) AS next_offset,
            'counting_starts' AS table,
            toInt64(1) AS expected,
            toInt64(0) AS found,
            'the topic has partitions before and behind this one, and nothing is known of it' AS detail,
            1 AS rows
        FROM unknown_partitions
        UNION ALL
        SELECT
            topic,
            log,
            partition,
            if(problem.5 = '', first_counted, problem.1) AS first_offset,
            if(problem.5 = '', counted_until, problem.2) AS next_offset,
            if(problem.5 != '' AND NOT is_end_known, 'counted_ends', 'epoch_ledger') AS table,
            problem.3 AS expected,
            problem.4 AS found,
            problem.5 AS detail,
            1 AS rows
        FROM partition_ends
        LEFT ARRAY JOIN arrayFilter(
            each -> each.5 != '',
            [
                (
                    start, known_end, known_end, start,
                    if(epochs = 0, 'these offsets were counted, and no epoch of this partition is stored', '')
                ),
                (
                    counted_until, known_end, known_end, counted_until,
                    if(epochs > 0 AND counted_until < known_end, 'these offsets were counted, and are in no epoch', '')
                ),
                (
                    counted_until, counted_until, counted_until, toInt64(0),
                    if(
                        epochs > 0 AND NOT is_end_known,
                        'nothing says how far this partition was counted, so later epochs may be missing', ''
                    )
                ),
                (
                    start, first_counted, start, first_counted,
                    if(
                        epochs > 0 AND start < first_counted,
                        'these offsets are in no epoch, and no start of counting behind them is recorded', ''
                    )
                )
            ]
        ) AS problem
    )
${check_result}
