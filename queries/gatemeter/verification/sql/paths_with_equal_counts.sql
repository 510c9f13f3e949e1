-- Purpose: pairs of paths that told the same number of requests so often that it may be no chance.
-- Parameters: those of parts/path_counts.sql.
-- Columns: log, tells, other_log, other_tells; at most 20 pairs, those of the most requests first.
-- Numbers are equal where the mean latencies, if both tell some, are within a millisecond too: formats round otherwise.
WITH
    ${path_counts},
    equal_counts AS
    (
        SELECT requests, arraySort(groupArray((log, tells, measured, waited_ns))) AS paths
        FROM path_counts
        GROUP BY hour, caller, service, route, status, requests
        -- Where more paths than that told the same number it is a small one.
        HAVING length(paths) BETWEEN 2 AND 20
    )
SELECT first.1 AS log, first.2 AS tells, second.1 AS other_log, second.2 AS other_tells
FROM
(
    SELECT requests, pair.1 AS first, pair.2 AS second
    FROM equal_counts
    ARRAY JOIN arrayFlatten(arrayMap(
        i -> arrayMap(j -> (paths[i], paths[j]), range(i + 1, length(paths) + 1)), range(1, length(paths))
    )) AS pair
)
WHERE first.3 = 0 OR second.3 = 0 OR abs(first.4 / first.3 - second.4 / second.3) <= 1000000
GROUP BY log, tells, other_log, other_tells
HAVING sum(requests) >= 100 AND count() >= 3
ORDER BY sum(requests) DESC, log, tells, other_log, other_tells
LIMIT 20
SETTINGS do_not_merge_across_partitions_select_final = 1
