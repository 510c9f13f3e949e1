-- Purpose: the journal of one period at one destination, in the order of ids of deliveries, then of time.
-- Parameters: system, destination, period String; ids Array(String), the deliveries to read, none for all.
-- Columns: as the table billing_deliveries.
SELECT
    delivery_id,
    usage_key,
    part,
    period,
    account,
    consumer,
    charge,
    customer,
    event_name,
    toInt64(toUnixTimestamp(occurred_at)) AS occurred_s,
    toString(quantity) AS quantity,
    content_sha256,
    state,
    answer,
    run,
    toInt64(toUnixTimestamp64Micro(at)) AS at_us,
    basis
FROM billing_deliveries
WHERE system = {system:String} AND destination = {destination:String} AND period = {period:String}
    AND (empty({ids:Array(String)}) OR delivery_id IN {ids:Array(String)})
ORDER BY delivery_id, at, state = 'sending' DESC
