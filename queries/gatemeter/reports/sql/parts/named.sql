-- Purpose: the CTE `named`: the rows of the CTE `usage` that whoever asks may see, each with its period and its billing
-- subject.
-- Needs: usage, with hour, workspace and the consumer's three names.
-- Parameters: period String, one of minute (of rows whose hour is a minute), hour, day, week, month, year, or '' for the whole span; time_zone String, whose
--   periods they are; subject String, which of a consumer's names is its billing subject, one of id, username,
--   custom_id, workspace/username, workspace/custom_id; allowed_consumers, allowed_workspaces Array(String), which rows there are for who asks, empty for all.
-- Columns: those of usage, and period (2026-02-03T10:00:00Z, in another zone than UTC ...+01:00; 2026-02-03; the Monday
--   of a week; 2026-02; 2026; ''), billing_subject (the name asked for, else the id, else anonymous; a name that reads
--   as anonymous has (name) behind it, as output/placeholders.py says).
named AS
(
    WITH
        toDate32(formatDateTime(hour, '%Y-%m-%d', {time_zone:String})) AS local_date,
        local_date - (toDayOfWeek(local_date) - 1) AS monday
    SELECT
        *,
        multiIf(
            {period:String} IN ('minute', 'hour'),
            concat(
                formatDateTime(
                    if({period:String} = 'minute', hour, toStartOfHour(hour, {time_zone:String})),
                    '%Y-%m-%dT%H:%i:00', {time_zone:String}
                ),
                if(
                    {time_zone:String} = 'UTC',
                    'Z',
                    replaceRegexpOne(formatDateTime(hour, '%z', {time_zone:String}), '(..)$', ':\\1')
                )
            ),
            -- Of dates as texts: Date begins with 1970, whose first hours are still 1969 in some zones.
            {period:String} = 'day', formatDateTime(hour, '%Y-%m-%d', {time_zone:String}),
            {period:String} = 'week', toString(monday),
            {period:String} = 'month', formatDateTime(hour, '%Y-%m', {time_zone:String}),
            {period:String} = 'year', formatDateTime(hour, '%Y', {time_zone:String}),
            ''
        ) AS period,
        if(startsWith({subject:String}, 'workspace/') AND workspace != '', concat(workspace, '/'), '') AS before_name,
        multiIf(
            {subject:String} LIKE '%username' AND consumer_username != '', concat(before_name, consumer_username),
            {subject:String} LIKE '%custom_id' AND consumer_custom_id != '', concat(before_name, consumer_custom_id),
            consumer_id
        ) AS subject_name,
        multiIf(
            subject_name = '', 'anonymous',
            startsWith(subject_name, 'anonymous') AND match(subject_name, '^anonymous( \\(name\\))*$'),
            concat(subject_name, ' (name)'),
            subject_name
        ) AS billing_subject
    FROM usage
    WHERE (empty({allowed_workspaces:Array(String)}) OR has({allowed_workspaces:Array(String)}, workspace))
        AND (
            empty({allowed_consumers:Array(String)})
            OR hasAny([consumer_id, consumer_username, consumer_custom_id], {allowed_consumers:Array(String)})
        )
)
