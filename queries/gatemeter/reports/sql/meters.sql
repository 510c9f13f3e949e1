-- Purpose: what custom meters add up to, per period, meter and group.
-- Parameters: by Array(String), the groups wanted, of those in `groups` below or names of `group_names`; meters
--   Array(String), names of meters, or NAME@DECLARATION, empty for all; from, to DateTime('UTC'), hours in [from, to); period, time_zone,
--   subject and consumers as in parts/named.sql and parts/chosen.sql.
-- Columns: period, groups (the values of `by` in its order), consumer_username, meter, declaration, unit, aggregation,
--   decimals, value_scaled (the sum of the values times 10 to the power of decimals), distinct_values, events,
--   without_value, refused; by period, meter, declaration and groups.
-- Rows of two declarations are never added. consumer_username is the latest user name of the group's consumers that is
-- not empty; tables show it beside an id. FINAL hides replaced rows whether or not the parts were merged.
WITH
    usage AS
    (
        SELECT *
        FROM
        (
            $usage
        )
        WHERE (
                empty({meters:Array(String)})
                OR meter IN {meters:Array(String)}
                OR concat(meter, '@', declaration) IN {meters:Array(String)}
            )
    ),
    ${named},
    ${chosen}
SELECT
    chosen.period AS period,
    arrayMap(
        name -> CASE name
            WHEN 'consumer_id' THEN billing_subject
            WHEN 'service' THEN if(chosen.service_name != '', chosen.service_name, chosen.service_id)
            WHEN 'route' THEN if(chosen.route_name != '', chosen.route_name, chosen.route_id)
            WHEN 'workspace' THEN chosen.workspace
            WHEN 'team' THEN chosen.team
            WHEN 'organisation' THEN chosen.organisation
            ELSE [group_1, group_2, group_3, group_4][indexOf(splitByChar(',', chosen.group_names), name)]
        END,
        {by:Array(String)}
    ) AS groups,
    argMaxIf(chosen.consumer_username, (chosen.last_hour, chosen.consumer_username), chosen.consumer_username != '')
        AS consumer_username,
    chosen.meter AS meter,
    chosen.declaration AS declaration,
    chosen.unit AS unit,
    chosen.aggregation AS aggregation,
    chosen.decimals AS decimals,
    sum(chosen.value_scaled) AS value_scaled,
    uniqExactArray(chosen.distinct_hashes) AS distinct_values,
    sum(chosen.events) AS events,
    sum(chosen.without_value) AS without_value,
    sum(chosen.refused) AS refused
FROM chosen
GROUP BY period, meter, declaration, unit, aggregation, decimals, groups
-- As texts, the hours of a clock that is put back would be in the wrong order.
ORDER BY if({period:String} = 'hour', min(chosen.hour), toDateTime(0, 'UTC')), period, meter, declaration, groups
SETTINGS do_not_merge_across_partitions_select_final = 1
