-- Purpose: the hourly rows of a year of accounts, each of one consumer: what the upstream answered, and what was refused.
-- Parameters: start DateTime('UTC'), its first hour; hours, accounts, partitions, every_hours Int64: each account has usage
--   in every so many hours; log String.
-- An epoch is a day of a partition, of 1,024 offsets.
INSERT INTO api_usage_hourly
(
    hour, consumer_id, consumer_username, workspace, method, status, source, log, partition, epoch_first_offset, version,
    requests, response_bytes
)
SELECT
    {start:DateTime('UTC')} + toIntervalHour(made.hour_number),
    concat('account-', leftPad(toString(made.account), 5, '0')),
    concat('account-', leftPad(toString(made.account), 5, '0')),
    'default',
    'GET',
    outcomes.status,
    outcomes.source,
    {log:String},
    made.account % {partitions:Int64},
    intDiv(made.hour_number, 24) * 1024,
    intDiv(made.hour_number, 24) * 1024 + 1024,
    if(outcomes.status = 200, 1 + cityHash64(made.account, made.hour_number) % 200, 1 + made.account % 3),
    if(outcomes.status = 200, 1000 * (1 + cityHash64(made.hour_number, made.account) % 900), 0)
FROM
(
    SELECT hours.number AS hour_number, accounts.number AS account
    FROM numbers(toUInt64({hours:Int64})) AS hours
    CROSS JOIN numbers(toUInt64({accounts:Int64})) AS accounts
    WHERE (hours.number + accounts.number) % {every_hours:Int64} = 0
) AS made
CROSS JOIN
(
    SELECT status, source
    FROM values('status Int64, source String', (200, 'upstream'), (429, 'kong'))
) AS outcomes
