-- Purpose: the questions to raw events and to hourly states: NAME | TABLE | SQL, a line each.
month | raw_events | SELECT consumer, count(), countIf(status >= 400), sum(response_bytes) FROM raw_events GROUP BY consumer
p99 | raw_events | SELECT service, quantileTDigest(0.99)(latency_ms) FROM raw_events GROUP BY service
days | raw_events | SELECT toDate(time) AS day, count() FROM raw_events WHERE consumer = 'customer-0003' GROUP BY day
pair | raw_events | SELECT toDate(time) AS day, consumer, route, count() FROM raw_events GROUP BY day, consumer, route
month | hourly_states | SELECT consumer, countMerge(requests), countMergeIf(requests, status >= 400), sumMerge(response_bytes) FROM hourly_states GROUP BY consumer
p99 | hourly_states | SELECT service, quantileTDigestMerge(0.99)(latency_ms) FROM hourly_states GROUP BY service
days | hourly_states | SELECT toDate(hour) AS day, countMerge(requests) FROM hourly_states WHERE consumer = 'customer-0003' GROUP BY day
pair | hourly_states | SELECT toDate(hour) AS day, consumer, route, countMerge(requests) FROM hourly_states GROUP BY day, consumer, route
