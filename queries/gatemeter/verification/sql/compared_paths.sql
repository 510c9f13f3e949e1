-- Purpose: how much of what one path told another one told too: of the hours, and of the services, routes and statuses,
-- that both told of.
-- Parameters: those of parts/path_counts.sql; log, tells, other_log, other_tells String, the two paths.
-- Columns: numbers (that were compared), equal_numbers, exact_numbers (equal ones whose latencies have the same sum too),
--   different_numbers (how many of the equal ones are not the same as another), requests (of the numbers compared, the
--   larger ones), equal_requests, hours, first_hour (text), topic, other_topic.
WITH
    ${path_counts},
    of_both AS
    (
        SELECT *, (log, tells) = ({log:String}, {tells:String}) AS is_first
        FROM path_counts
        WHERE (log, tells) IN (({log:String}, {tells:String}), ({other_log:String}, {other_tells:String}))
    ),
    compared AS
    (
        SELECT
            hour,
            sumIf(of_both.requests, is_first) AS one,
            sumIf(of_both.requests, NOT is_first) AS other,
            sumIf(of_both.measured, is_first) AS one_measured,
            sumIf(of_both.measured, NOT is_first) AS other_measured,
            sumIf(of_both.waited_ns, is_first) AS one_ns,
            sumIf(of_both.waited_ns, NOT is_first) AS other_ns,
            one = other AND (
                one_measured = 0 OR other_measured = 0
                OR abs(one_ns / one_measured - other_ns / other_measured) <= 1000000
            ) AS is_equal,
            is_equal AND one_measured > 0 AND one_measured = other_measured AND one_ns = other_ns AS is_exact
        FROM of_both
        WHERE
            hour IN (SELECT hour FROM of_both GROUP BY hour HAVING uniqExact(is_first) = 2)
            AND (service, route, status) IN (
                SELECT service, route, status FROM of_both GROUP BY service, route, status HAVING uniqExact(is_first) = 2
            )
        GROUP BY hour, caller, service, route, status
    ),
    topics AS
    (
        SELECT log, argMax(topic, (epoch_first_offset, topic)) AS topic
        FROM epoch_ledger FINAL
        WHERE log IN ({log:String}, {other_log:String})
        GROUP BY log
    )
SELECT
    count() AS numbers,
    countIf(is_equal) AS equal_numbers,
    countIf(is_exact) AS exact_numbers,
    uniqExactIf(one, is_equal) AS different_numbers,
    sum(greatest(one, other)) AS requests,
    sumIf(one, is_equal) AS equal_requests,
    uniqExactIf(hour, is_equal) AS hours,
    formatDateTime(minIf(hour, is_equal), '%Y-%m-%dT%H:00Z', 'UTC') AS first_hour,
    (SELECT any(topic) FROM topics WHERE log = {log:String}) AS topic,
    (SELECT any(topic) FROM topics WHERE log = {other_log:String}) AS other_topic
FROM compared
SETTINGS do_not_merge_across_partitions_select_final = 1
