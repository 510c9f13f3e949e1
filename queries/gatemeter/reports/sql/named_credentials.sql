-- Purpose: how often requests named a credential, by consumer: rows of the meter of credentials.
-- Parameters: from, to DateTime('UTC'); declaration String, of that meter.
-- Columns: workspace, id, names (of the consumer, as in called_names.sql); credential, its id, '' where events name none or
--   its name was not kept apart; requests in [from, to); last_ever, the last hour before `to` with one, Unix seconds.
SELECT
    workspace,
    consumer_id AS id,
    arrayFilter(each -> each != '', [consumer_username, consumer_custom_id]) AS names,
    if(group_1 IN ('(other)', '(credential)'), '', group_1) AS credential,
    toInt64(sumIf(amount, hour >= {from:DateTime('UTC')})) AS requests,
    toInt64(toUnixTimestamp(maxIf(hour, amount > 0))) AS last_ever
FROM
(
    SELECT hour, workspace, consumer_id, consumer_username, consumer_custom_id, group_1, sum(events) AS amount
    FROM meter_usage_by_hour
    WHERE declaration = {declaration:String} AND hour < {to:DateTime('UTC')}
    GROUP BY ALL
)
GROUP BY workspace, id, names, credential
HAVING last_ever > 0
ORDER BY workspace, id, names, credential
