-- Purpose: the hourly rows of made events: keys by their numbers get their names, measures stay as they are.
-- Needs: made_consumers, made_routes.
-- Slots: measures, the columns of measures; rows, the path of a file in Native format.
-- Parameters: month DateTime('UTC'), its first hour; methods and sources Array(String); log String.
INSERT INTO api_usage_hourly
(
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name, workspace,
    team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    epoch_first_offset, version, ${measures}
)
SELECT
    {month:DateTime('UTC')} + toIntervalHour(made.hour),
    consumers.id,
    consumers.username,
    consumers.custom_id,
    routes.service_id,
    routes.service_name,
    routes.id,
    routes.name,
    'default',
    consumers.team,
    consumers.organisation,
    {methods:Array(String)}[made.method + 1],
    made.status,
    {sources:Array(String)}[made.source + 1],
    'wire',
    'wire',
    {log:String},
    made.partition,
    made.epoch_first_offset,
    made.version,
    ${measures}
FROM file('${rows}', Native) AS made
INNER JOIN made_consumers AS consumers ON made.consumer = consumers.number
INNER JOIN made_routes AS routes ON made.route = routes.number
