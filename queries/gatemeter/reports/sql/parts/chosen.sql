-- Purpose: the CTE `chosen`: the rows of the CTE `usage` that a report adds up, each with its period and its billing
-- subject.
-- Needs: usage, with hour and the consumer's three names.
-- Parameters: period_format String, formatDateTime pattern of a period; subject String, which of a consumer's names
--   is its billing subject, one of id, username, custom_id; consumers Array(String), ids or names, empty for all.
-- Columns: those of usage, and period, billing_subject (the name asked for, else the id, else anonymous).
-- A subject that had one of the names within a period is chosen whole, with the rows that have other names too.
named AS
(
    SELECT
        *,
        formatDateTime(hour, {period_format:String}, 'UTC') AS period,
        multiIf(
            {subject:String} = 'username' AND consumer_username != '', consumer_username,
            {subject:String} = 'custom_id' AND consumer_custom_id != '', consumer_custom_id,
            consumer_id != '', consumer_id,
            'anonymous'
        ) AS billing_subject
    FROM usage
),
chosen AS
(
    SELECT *
    FROM named
    WHERE empty({consumers:Array(String)}) OR (period, billing_subject) IN
    (
        SELECT period, billing_subject
        FROM named
        WHERE hasAny(
            [billing_subject, consumer_id, consumer_username, consumer_custom_id], {consumers:Array(String)}
        )
    )
)
