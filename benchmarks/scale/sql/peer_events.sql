-- Purpose: made events of consecutive hours, as many an hour as the store has; shares of consumers and routes fall as there.
-- Parameters: month DateTime('UTC'); first, count UInt64: which events; events_per_hour, consumers, routes, seed UInt64.
INSERT INTO raw_events
WITH
    cityHash64(number, {seed:UInt64}) AS hash,
    toUInt32(hash) / 4294967296 AS part_1,
    toUInt32(bitShiftRight(hash, 32)) / 4294967296 AS part_2,
    cityHash64(hash, 1) AS second_hash,
    toUInt32(second_hash) / 4294967296 AS part_3,
    toUInt32(bitShiftRight(second_hash, 32)) / 4294967296 AS part_4,
    -- Of a share of 1/x, and of 1/x^2, the inverse of its cumulative distribution.
    toUInt64(pow({consumers:UInt64} + 1, part_1)) - 1 AS consumer_number,
    toUInt64(1 / (1 - part_2 * (1 - 1 / ({routes:UInt64} + 1)))) - 1 AS route_rank,
    (route_rank + cityHash64(consumer_number) % {routes:UInt64}) % {routes:UInt64} AS route_number
SELECT
    {month:DateTime('UTC')} + intDiv(number * 3600, {events_per_hour:UInt64}) AS time,
    concat('customer-', leftPad(toString(consumer_number), 4, '0')) AS consumer,
    concat('service-', leftPad(toString(intDiv(route_number, 5)), 2, '0')) AS service,
    concat('route-', leftPad(toString(route_number), 2, '0')) AS route,
    multiIf(part_3 < 0.94, 200, part_3 < 0.96, 304, part_3 < 0.97, 400, part_3 < 0.976, 401, part_3 < 0.988, 404, 500) AS status,
    toUInt32(exp(2.5 + 3 * (route_number % 7) / 7 + sqrt(-2 * log(1 - part_4)) * 0.5)) AS latency_ms,
    toUInt32(200 + part_4 * 5000) AS response_bytes
FROM numbers({first:UInt64}, {count:UInt64})
