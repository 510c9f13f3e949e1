-- Purpose: where ClickHouse reads the events; it keeps none of them. Fields as in formats/kong/log_event.py.
CREATE TABLE raw_events
(
    started_at Int64,
    request Tuple(id String, method String, size Int64),
    response Tuple(status Int64, size Int64),
    latencies Tuple(request Float64, proxy Float64, kong Float64),
    consumer Tuple(id String, username String, custom_id String),
    service Tuple(id String, name String),
    route Tuple(id String, name String),
    workspace String,
    source String
)
ENGINE = Null
