-- Purpose: billing subjects that stand for consumers of several workspaces: names are unique within a workspace only.
-- Parameters: usage_table Identifier, a table with consumers and hours; from, to DateTime('UTC'), hours in [from, to);
--   period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql.
-- Columns: billing_subject, workspaces (how many), of those whose usage any row of the report adds up; by
--   billing_subject.
-- A consumer with an id is one consumer, whatever workspaces its usage names.
WITH
    usage AS
    (
        SELECT hour, consumer_id, consumer_username, consumer_custom_id, workspace
        FROM
        (
            $usage
        )
    ),
    ${named},
    ${chosen}
SELECT
    billing_subject,
    max(workspaces_merged) AS workspaces
FROM
(
    SELECT
        billing_subject,
        uniqExact(chosen.workspace) AS workspaces_merged
    FROM chosen
    WHERE billing_subject != 'anonymous'
    GROUP BY period, billing_subject
    HAVING workspaces_merged > 1 AND
    (
        uniqExact(chosen.consumer_id) > 1
        OR countIf(chosen.consumer_id IN (chosen.consumer_username, chosen.consumer_custom_id)) > 0
    )
)
GROUP BY billing_subject
ORDER BY billing_subject
SETTINGS do_not_merge_across_partitions_select_final = 1
