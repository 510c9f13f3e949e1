-- Purpose: what the rows of one source add up to, by period and group.
-- Slots: source, usage, groups, conditions, aggregates, values, reports_chosen; their texts come from catalogue.toml, never from who asks.
-- Parameters: from, to DateTime('UTC'), hours in [from, to); period, time_zone, subject and consumers as in
--   reports/parts/named.sql and reports/parts/chosen.sql; filter_0 .. filter_N, values of filters; with shown groups also shown.
-- Columns: source, period, period_order, groups, then each metric of the query, NULL for those of other sources.
SELECT '$source' AS source, period, period_order, groups, $values
FROM
(
    WITH
        usage AS
        (
            $usage
        ),
        ${reports_chosen}
    SELECT
        period,
        -- As texts, the hours of a clock that is put back would be in the wrong order.
        if({period:String} IN ('minute', 'hour'), min(chosen.hour), toDateTime(0, 'UTC')) AS period_order,
        $period_minutes AS period_minutes,
        $groups AS groups,
        $aggregates
    FROM chosen
    WHERE $conditions
    GROUP BY period, groups
)
