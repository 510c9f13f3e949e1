-- Purpose: each epoch was counted by a ruleset version that there is, and its log has one name in all tables.
-- Parameters: those of parts/checked_epochs.sql; newest_ruleset UInt32, the ruleset version of this gatemeter.
-- Columns: those of parts/check_result.sql.
-- A file may be metered from another path later, which renames all its epochs and dead letters, and its events if the
-- event ledger is still kept. A corrected event keeps the name that its correction was booked with.
WITH
    ${checked_epochs},
    names AS
    (
        SELECT log, partition, epoch_first_offset, groupUniqArray(topic) AS topics
        FROM
        (
            SELECT log, partition, epoch_first_offset, topic
            FROM event_ledger FINAL
            WHERE outcome != 'corrected' AND (log, partition, epoch_first_offset) IN (
                SELECT log, partition, epoch_first_offset FROM epoch_ledger FINAL WHERE first_event_time IS NOT NULL
            )
            UNION ALL
            SELECT log, partition, epoch_first_offset, topic FROM dead_letters FINAL WHERE epoch_first_offset >= 0
        )
        GROUP BY log, partition, epoch_first_offset
    ),
    names_of_logs AS
    (
        SELECT log, uniqExact(topic) AS topics FROM epoch_ledger FINAL WHERE log_kind = 'kafka' GROUP BY log
    ),
    compared AS
    (
        SELECT
            ledger.topic AS topic,
            ledger.log AS log,
            ledger.partition AS partition,
            ledger.epoch_first_offset AS first_offset,
            ledger.version AS next_offset,
            'epoch_ledger' AS table,
            NULL AS expected,
            NULL AS found,
            multiIf(
                NOT match(ledger.rules, '^([0-9]{1,4}(;times=-?[0-9]+\\.\\.-?[0-9]+)?(;meters=[0-9a-f]{12})?)?$')
                OR toUInt32OrZero(splitByChar(';', ledger.rules)[1]) > {newest_ruleset:UInt32},
                concat('no version of gatemeter has the counting rules ', toJSONString(ledger.rules)),
                names_of_logs.topics > 1,
                'the log has other names in other epochs',
                notEmpty(names.topics) AND names.topics != [ledger.topic],
                concat('the log is called ', toJSONString(names.topics[1]), ' in other tables'),
                ''
            ) AS detail,
            1 AS rows
        FROM checked_epochs AS ledger
        LEFT JOIN names
            ON names.log = ledger.log
            AND names.partition = ledger.partition
            AND names.epoch_first_offset = ledger.epoch_first_offset
        LEFT JOIN names_of_logs ON names_of_logs.log = ledger.log
    )
${check_result}
