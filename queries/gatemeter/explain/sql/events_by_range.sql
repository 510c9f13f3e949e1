-- Purpose: how many events of some consumers the event ledger holds of each range of each log.
-- Parameters: from, to DateTime('UTC'), events of hours in [from, to); consumer_ids Array(String), '' for nobody;
--   is_all UInt8, whether events of other kinds count beside API requests.
-- Columns: log_kind, topic, log, partition, range_first_offset and range_next_offset (NULL for replays), rules, events,
--   is_whole (whether the event ledger holds all events of the range). The ranges are those of
--   parts/explained_ranges.sql, without corrections.
WITH
    ${verification/checked_epochs},
    ${verification/event_accounts},
    ${verification/consumer_events},
    chosen AS
    (
        SELECT log, partition, epoch_first_offset, sum(requests + if({is_all:UInt8} = 1, others, 0)) AS chosen_events
        FROM consumer_events
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
            AND has({consumer_ids:Array(String)}, consumer_id)
        GROUP BY log, partition, epoch_first_offset
    )
SELECT
    accounts.log_kind AS log_kind,
    accounts.topic AS topic,
    accounts.log AS log,
    accounts.partition AS partition,
    accounts.log_kind = 'replay' AS is_single,
    if(is_single, NULL, min(accounts.first_offset)) AS range_first_offset,
    if(is_single, NULL, max(accounts.next_offset)) AS range_next_offset,
    accounts.rules AS rules,
    sum(chosen.chosen_events) AS events,
    min(accounts.events >= accounts.readable) AS is_whole
FROM event_accounts AS accounts
LEFT JOIN chosen
    ON chosen.log = accounts.log_of_events
    AND chosen.partition = accounts.partition_of_events
    AND chosen.epoch_first_offset = accounts.first_offset
WHERE accounts.events > 0
GROUP BY log_kind, topic, log, partition, is_single, rules, if(is_single, 0, accounts.first_offset)
ORDER BY topic, log, partition, range_first_offset
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1
