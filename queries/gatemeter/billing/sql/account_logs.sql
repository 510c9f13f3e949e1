-- Purpose: which partitions usage came from, by whose it is.
-- Parameters: those of reports/parts/named.sql and reports/parts/chosen.sql.
-- Columns: consumer, team, workspace; partitions Array(String), each with its log behind a space.
WITH
    usage AS
    (
        SELECT hour, consumer_id, consumer_username, consumer_custom_id, workspace, team, log, partition
        FROM
        (
            $usage
        )
    ),
    ${reports/named},
    ${reports/chosen}
SELECT
    billing_subject AS consumer,
    chosen.team AS team,
    chosen.workspace AS workspace,
    groupUniqArray(concat(toString(chosen.partition), ' ', chosen.log)) AS partitions
FROM chosen
GROUP BY billing_subject, chosen.team, chosen.workspace
SETTINGS do_not_merge_across_partitions_select_final = 1
