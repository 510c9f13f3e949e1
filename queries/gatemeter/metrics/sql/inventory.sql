-- Purpose: how many entities of one kind are configured, by period and group: at the end of a period, what the last
--   snapshot before it told of each control plane.
-- Slots: source, kind, plane_conditions and has_workspaces (of control planes), sizes_groups, named_planes, conditions and workspace (of
--   entities), groups, join, is_counted_enough, is_unknown, aggregates, values, reports_chosen.
-- Parameters: as in source.sql.
-- Columns: as in source.sql.
--
-- A snapshot tells a kind where it was asked for it: one that was not changes nothing. A license report only counts, so it
-- is taken where no other source tells the kind wholly. A control plane whose last snapshot does not tell all of the kind
-- makes numbers that it is part of unknown. Before its first snapshot a control plane is not there.
SELECT '$source' AS source, period, period_order, groups, $values
FROM
(
    WITH
        planes AS
        (
            SELECT *
            FROM
            (
                SELECT
                    control_plane_id,
                    min(taken_at) AS first_taken_at,
                    argMax(control_plane_name, (taken_at, snapshot_id)) AS last_name,
                    if(last_name != '', last_name, control_plane_id) AS control_plane
                FROM inventory_snapshots
                WHERE empty({allowed_consumers:Array(String)})
                    AND (
                        empty({allowed_workspaces:Array(String)})
                        OR $has_workspaces AND control_plane_id IN
                        (
                            SELECT control_plane_id
                            FROM inventory_entities
                            WHERE has({allowed_workspaces:Array(String)}, if(kind = 'workspace', name, workspace))
                        )
                    )
                GROUP BY control_plane_id
            ) AS plane
            WHERE $plane_conditions
        ),
        snapshots AS
        (
            SELECT
                control_plane_id,
                taken_at,
                source = 'license_report' AS is_report,
                completeness[indexOf(kinds, '$kind')] AS completeness,
                ifNull(counts[indexOf(kinds, '$kind')], 0) AS entity_count,
                set_ids[indexOf(kinds, '$kind')] AS set_id
            FROM inventory_snapshots FINAL
            ORDER BY control_plane_id, taken_at, snapshot_id
            LIMIT 1 BY control_plane_id, taken_at, is_report
        ),
        usage AS
        (
            -- Nobody's times: they are given names that are allowed, and get their periods as hours of usage do.
            SELECT
                toDateTime(arrayJoin(times), 'UTC') AS hour,
                {allowed_workspaces:Array(String)}[1] AS workspace,
                {allowed_consumers:Array(String)}[1] AS consumer_id,
                '' AS consumer_username,
                '' AS consumer_custom_id
            FROM
            (
                SELECT
                    $step_s AS step,
                    intDiv(toUnixTimestamp(min(first_taken_at)), step) * step AS first,
                    range(
                        greatest(first, toUnixTimestamp({from:DateTime('UTC')})),
                        if(count() = 0, 0, least(toUnixTimestamp(now()), toUnixTimestamp({to:DateTime('UTC')}))),
                        step
                    ) AS times
                FROM planes
            )
        ),
        ${reports_chosen},
        periods AS
        (
            SELECT
                period,
                if({period:String} = 'hour', min(hour), toDateTime(0, 'UTC')) AS period_order,
                toDateTime64(least(max(hour) + $step_s, {to:DateTime('UTC')}), 3, 'UTC') AS ends
            FROM named
            GROUP BY period
        ),
        seen AS
        (
            SELECT
                grid.period AS period,
                grid.period_order AS period_order,
                grid.ends AS ends,
                grid.control_plane_id AS control_plane_id,
                grid.control_plane AS control_plane,
                snapshots.taken_at AS seen_at
            FROM
            (
                SELECT *
                FROM periods
                CROSS JOIN planes
            ) AS grid
            ASOF INNER JOIN snapshots
                ON grid.control_plane_id = snapshots.control_plane_id AND grid.ends > snapshots.taken_at
        ),
        listed AS
        (
            SELECT seen.*, told.completeness AS completeness, told.set_id AS set_id, told.entity_count AS entity_count, told.taken_at AS taken_at
            FROM seen
            ASOF LEFT JOIN
            (
                SELECT *
                FROM snapshots
                WHERE NOT is_report AND completeness NOT IN ('', 'not_asked')
            ) AS told
                ON seen.control_plane_id = told.control_plane_id AND seen.ends > told.taken_at
        ),
        reported AS
        (
            SELECT
                listed.*,
                listed.completeness NOT IN ('complete', 'counted') AND report.completeness = 'counted' AS is_reported,
                report.entity_count AS reported_count,
                report.taken_at AS reported_at
            FROM listed
            ASOF LEFT JOIN
            (
                SELECT *
                FROM snapshots
                WHERE is_report AND completeness = 'counted'
            ) AS report
                ON listed.control_plane_id = report.control_plane_id AND listed.ends > report.taken_at
        ),
        told AS
        (
            SELECT
                period,
                period_order,
                control_plane_id,
                control_plane,
                if(is_reported, 'counted', completeness) AS told_as,
                if(is_reported, reported_count, entity_count) AS told_count,
                if(is_reported, '', set_id) AS told_set_id,
                multiIf(is_reported, reported_at, '$kind' = '', seen_at, taken_at) AS told_at,
                told_as = 'complete' OR (told_as = 'counted' AND $is_counted_enough) AS is_told,
                $is_unknown AS is_unknown
            FROM reported
        ),
        sizes AS
        (
            SELECT
                entity.control_plane_id AS control_plane_id,
                entity.set_id AS set_id,
                $sizes_groups AS groups,
                toInt64(count()) AS entities
            FROM inventory_entities AS entity FINAL
            $named_planes
            WHERE entity.kind = '$kind'
                AND (entity.control_plane_id, entity.set_id) IN
                (
                    SELECT control_plane_id, set_ids[indexOf(kinds, '$kind')]
                    FROM inventory_snapshots
                    WHERE taken_at < {to:DateTime('UTC')}
                )
                AND (empty({allowed_workspaces:Array(String)}) OR has({allowed_workspaces:Array(String)}, $workspace))
                AND $conditions
            GROUP BY control_plane_id, set_id, groups
        ),
        counted AS
        (
            SELECT
                plane.period AS period,
                plane.period_order AS period_order,
                plane.control_plane_id AS control_plane_id,
                plane.told_at AS told_at,
                plane.is_unknown AS is_unknown,
                $groups AS groups,
                if(plane.told_as = 'counted', plane.told_count, size.entities) AS entities
            FROM told AS plane
            $join JOIN sizes AS size ON plane.control_plane_id = size.control_plane_id AND plane.told_set_id = size.set_id
        )
    SELECT period, period_order, groups, $aggregates
    FROM counted AS chosen
    GROUP BY period, period_order, groups
)
