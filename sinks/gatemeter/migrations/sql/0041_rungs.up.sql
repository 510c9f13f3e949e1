-- Purpose: rungs above the hours: usage added up per UTC day and month (`gatemeter.settling`, docs/adr/0017), so that
-- answers do not slow down with the log.
--
-- A row adds up the rows of one key in all hours and epochs of a unit: a day (month) of a log's partition. `hour` is the
-- first hour of the unit, `last_hour` the last one that the row adds up. Labels of amounts, as the currency, are in the
-- key. Rows are never changed. Those of an attempt that was killed or repeated stay until they are deleted, and nobody
-- reads them: `settled_units` names the one attempt (`settling`) whose rows are to be read.
--
-- usage_touches: grows whenever rows of an hour are about to be written, and with them. A settled unit holds while the
-- sum of its touches is the one that `settled_units` has.
--
-- ORDER BY: the hour first, because every question is of a span of time; the consumer next, as in 0001. `settling` is the
-- last: rows of several attempts stand beside each other. No row replaces another one, so reading needs no FINAL.
-- PARTITION BY: days by their month, months by their year.
-- Deduplication of equal inserts is off, for the reason given in 0001.
CREATE TABLE IF NOT EXISTS ${database}.usage_touches ${on_cluster}
(
    table LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    touches SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD),
    touched_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) MATERIALIZED now64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:AggregatingMergeTree()}
ORDER BY (table, hour, log, partition)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.settled_units ${on_cluster}
(
    rung LowCardinality(String),
    table LowCardinality(String),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    unit DateTime('UTC') CODEC(Delta, ZSTD),
    settling UInt128 CODEC(ZSTD),
    touches UInt64 CODEC(ZSTD),
    rows UInt64 CODEC(ZSTD),
    settled_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC') CODEC(ZSTD)
)
ENGINE = ${engine:ReplacingMergeTree(settling)}
ORDER BY (rung, table, log, partition, unit)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.api_usage_daily ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    method String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    source String CODEC(ZSTD),
    request_bytes_kind String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    requests Int64 CODEC(ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count Int64 CODEC(ZSTD),
    latency_request_sum_ns Int128 CODEC(ZSTD),
    latency_request_min_ns Int64 CODEC(ZSTD),
    latency_request_max_ns Int64 CODEC(ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD),
    latency_request_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_upstream_count Int64 CODEC(ZSTD),
    latency_upstream_sum_ns Int128 CODEC(ZSTD),
    latency_upstream_min_ns Int64 CODEC(ZSTD),
    latency_upstream_max_ns Int64 CODEC(ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD),
    latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD),
    request_size_count Int64 CODEC(ZSTD),
    request_size_min_bytes Int64 CODEC(ZSTD),
    request_size_max_bytes Int64 CODEC(ZSTD),
    request_size_buckets Array(UInt16) CODEC(ZSTD),
    request_size_bucket_counts Array(Int64) CODEC(ZSTD),
    response_size_count Int64 CODEC(ZSTD),
    response_size_min_bytes Int64 CODEC(ZSTD),
    response_size_max_bytes Int64 CODEC(ZSTD),
    response_size_buckets Array(UInt16) CODEC(ZSTD),
    response_size_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.api_usage_monthly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    method String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    source String CODEC(ZSTD),
    request_bytes_kind String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    requests Int64 CODEC(ZSTD),
    request_bytes Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_request_count Int64 CODEC(ZSTD),
    latency_request_sum_ns Int128 CODEC(ZSTD),
    latency_request_min_ns Int64 CODEC(ZSTD),
    latency_request_max_ns Int64 CODEC(ZSTD),
    latency_request_buckets Array(UInt16) CODEC(ZSTD),
    latency_request_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_upstream_count Int64 CODEC(ZSTD),
    latency_upstream_sum_ns Int128 CODEC(ZSTD),
    latency_upstream_min_ns Int64 CODEC(ZSTD),
    latency_upstream_max_ns Int64 CODEC(ZSTD),
    latency_upstream_buckets Array(UInt16) CODEC(ZSTD),
    latency_upstream_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD),
    request_size_count Int64 CODEC(ZSTD),
    request_size_min_bytes Int64 CODEC(ZSTD),
    request_size_max_bytes Int64 CODEC(ZSTD),
    request_size_buckets Array(UInt16) CODEC(ZSTD),
    request_size_bucket_counts Array(Int64) CODEC(ZSTD),
    response_size_count Int64 CODEC(ZSTD),
    response_size_min_bytes Int64 CODEC(ZSTD),
    response_size_max_bytes Int64 CODEC(ZSTD),
    response_size_buckets Array(UInt16) CODEC(ZSTD),
    response_size_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind, log, partition,
    settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.llm_usage_daily ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    plugin_name String CODEC(ZSTD),
    plugin_id String CODEC(ZSTD),
    provider String CODEC(ZSTD),
    request_model String CODEC(ZSTD),
    response_model String CODEC(ZSTD),
    cache_status String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    embeddings_provider String CODEC(ZSTD),
    embeddings_model String CODEC(ZSTD),
    service_tier String CODEC(ZSTD),
    context_above_tokens UInt32 CODEC(ZSTD),
    tokens_evidence String CODEC(ZSTD),
    embeddings_evidence String CODEC(ZSTD),
    token_classes String CODEC(ZSTD),
    modifiers String CODEC(ZSTD),
    unknown_units String CODEC(ZSTD),
    counting_rule String CODEC(ZSTD),
    cost_reported_currency String CODEC(ZSTD),
    client_status Int64 CODEC(ZSTD),
    provider_status Int64 CODEC(ZSTD),
    cost_evidence String CODEC(ZSTD),
    price_version String CODEC(ZSTD),
    cost_currency String CODEC(ZSTD),
    cost_gaps String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int128 CODEC(ZSTD),
    answers Int128 CODEC(ZSTD),
    prompt_tokens Int128 CODEC(ZSTD),
    completion_tokens Int128 CODEC(ZSTD),
    total_tokens Int128 CODEC(ZSTD),
    cached_tokens Int128 CODEC(ZSTD),
    cache_write_tokens Int128 CODEC(ZSTD),
    cache_write_1h_tokens Int128 CODEC(ZSTD),
    reasoning_tokens Int128 CODEC(ZSTD),
    audio_input_tokens Int128 CODEC(ZSTD),
    audio_output_tokens Int128 CODEC(ZSTD),
    fresh_input_tokens Int128 CODEC(ZSTD),
    plain_output_tokens Int128 CODEC(ZSTD),
    cached_audio_tokens Int128 CODEC(ZSTD),
    image_input_tokens Int128 CODEC(ZSTD),
    cached_image_tokens Int128 CODEC(ZSTD),
    video_input_tokens Int128 CODEC(ZSTD),
    cached_video_tokens Int128 CODEC(ZSTD),
    image_output_tokens Int128 CODEC(ZSTD),
    video_output_tokens Int128 CODEC(ZSTD),
    citation_tokens Int128 CODEC(ZSTD),
    web_searches Int128 CODEC(ZSTD),
    social_searches Int128 CODEC(ZSTD),
    file_searches Int128 CODEC(ZSTD),
    rerank_searches Int128 CODEC(ZSTD),
    code_executions Int128 CODEC(ZSTD),
    code_execution_ms Int128 CODEC(ZSTD),
    images Int128 CODEC(ZSTD),
    pages Int128 CODEC(ZSTD),
    annotated_pages Int128 CODEC(ZSTD),
    characters Int128 CODEC(ZSTD),
    audio_input_ms Int128 CODEC(ZSTD),
    audio_output_ms Int128 CODEC(ZSTD),
    video_output_ms Int128 CODEC(ZSTD),
    embeddings_tokens Int128 CODEC(ZSTD),
    calls_without_reported_cost Int128 CODEC(ZSTD),
    latency_llm_count Int64 CODEC(ZSTD),
    latency_llm_sum_ns Int128 CODEC(ZSTD),
    latency_llm_min_ns Int64 CODEC(ZSTD),
    latency_llm_max_ns Int64 CODEC(ZSTD),
    latency_llm_buckets Array(UInt16) CODEC(ZSTD),
    latency_llm_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_per_token_count Int64 CODEC(ZSTD),
    latency_time_per_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_per_token_min_ns Int64 CODEC(ZSTD),
    latency_time_per_token_max_ns Int64 CODEC(ZSTD),
    latency_time_per_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_per_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_to_first_token_count Int64 CODEC(ZSTD),
    latency_time_to_first_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_to_first_token_min_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_max_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_to_first_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_embeddings_count Int64 CODEC(ZSTD),
    latency_embeddings_sum_ns Int128 CODEC(ZSTD),
    latency_embeddings_min_ns Int64 CODEC(ZSTD),
    latency_embeddings_max_ns Int64 CODEC(ZSTD),
    latency_embeddings_buckets Array(UInt16) CODEC(ZSTD),
    latency_embeddings_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_cache_fetch_count Int64 CODEC(ZSTD),
    latency_cache_fetch_sum_ns Int128 CODEC(ZSTD),
    latency_cache_fetch_min_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_max_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_buckets Array(UInt16) CODEC(ZSTD),
    latency_cache_fetch_bucket_counts Array(Int64) CODEC(ZSTD),
    cost_reported Decimal(76, 24) CODEC(ZSTD),
    cost_reported_spend Decimal(76, 24) CODEC(ZSTD),
    cost_savings_reported Decimal(76, 24) CODEC(ZSTD),
    cost_computed Decimal(76, 24) CODEC(ZSTD),
    embeddings_cost Decimal(76, 24) CODEC(ZSTD),
    cost_savings Decimal(76, 24) CODEC(ZSTD),
    unpriced_calls Int64 CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition, settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.llm_usage_monthly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    plugin_name String CODEC(ZSTD),
    plugin_id String CODEC(ZSTD),
    provider String CODEC(ZSTD),
    request_model String CODEC(ZSTD),
    response_model String CODEC(ZSTD),
    cache_status String CODEC(ZSTD),
    outcome String CODEC(ZSTD),
    embeddings_provider String CODEC(ZSTD),
    embeddings_model String CODEC(ZSTD),
    service_tier String CODEC(ZSTD),
    context_above_tokens UInt32 CODEC(ZSTD),
    tokens_evidence String CODEC(ZSTD),
    embeddings_evidence String CODEC(ZSTD),
    token_classes String CODEC(ZSTD),
    modifiers String CODEC(ZSTD),
    unknown_units String CODEC(ZSTD),
    counting_rule String CODEC(ZSTD),
    cost_reported_currency String CODEC(ZSTD),
    client_status Int64 CODEC(ZSTD),
    provider_status Int64 CODEC(ZSTD),
    cost_evidence String CODEC(ZSTD),
    price_version String CODEC(ZSTD),
    cost_currency String CODEC(ZSTD),
    cost_gaps String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int128 CODEC(ZSTD),
    answers Int128 CODEC(ZSTD),
    prompt_tokens Int128 CODEC(ZSTD),
    completion_tokens Int128 CODEC(ZSTD),
    total_tokens Int128 CODEC(ZSTD),
    cached_tokens Int128 CODEC(ZSTD),
    cache_write_tokens Int128 CODEC(ZSTD),
    cache_write_1h_tokens Int128 CODEC(ZSTD),
    reasoning_tokens Int128 CODEC(ZSTD),
    audio_input_tokens Int128 CODEC(ZSTD),
    audio_output_tokens Int128 CODEC(ZSTD),
    fresh_input_tokens Int128 CODEC(ZSTD),
    plain_output_tokens Int128 CODEC(ZSTD),
    cached_audio_tokens Int128 CODEC(ZSTD),
    image_input_tokens Int128 CODEC(ZSTD),
    cached_image_tokens Int128 CODEC(ZSTD),
    video_input_tokens Int128 CODEC(ZSTD),
    cached_video_tokens Int128 CODEC(ZSTD),
    image_output_tokens Int128 CODEC(ZSTD),
    video_output_tokens Int128 CODEC(ZSTD),
    citation_tokens Int128 CODEC(ZSTD),
    web_searches Int128 CODEC(ZSTD),
    social_searches Int128 CODEC(ZSTD),
    file_searches Int128 CODEC(ZSTD),
    rerank_searches Int128 CODEC(ZSTD),
    code_executions Int128 CODEC(ZSTD),
    code_execution_ms Int128 CODEC(ZSTD),
    images Int128 CODEC(ZSTD),
    pages Int128 CODEC(ZSTD),
    annotated_pages Int128 CODEC(ZSTD),
    characters Int128 CODEC(ZSTD),
    audio_input_ms Int128 CODEC(ZSTD),
    audio_output_ms Int128 CODEC(ZSTD),
    video_output_ms Int128 CODEC(ZSTD),
    embeddings_tokens Int128 CODEC(ZSTD),
    calls_without_reported_cost Int128 CODEC(ZSTD),
    latency_llm_count Int64 CODEC(ZSTD),
    latency_llm_sum_ns Int128 CODEC(ZSTD),
    latency_llm_min_ns Int64 CODEC(ZSTD),
    latency_llm_max_ns Int64 CODEC(ZSTD),
    latency_llm_buckets Array(UInt16) CODEC(ZSTD),
    latency_llm_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_per_token_count Int64 CODEC(ZSTD),
    latency_time_per_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_per_token_min_ns Int64 CODEC(ZSTD),
    latency_time_per_token_max_ns Int64 CODEC(ZSTD),
    latency_time_per_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_per_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_time_to_first_token_count Int64 CODEC(ZSTD),
    latency_time_to_first_token_sum_ns Int128 CODEC(ZSTD),
    latency_time_to_first_token_min_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_max_ns Int64 CODEC(ZSTD),
    latency_time_to_first_token_buckets Array(UInt16) CODEC(ZSTD),
    latency_time_to_first_token_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_embeddings_count Int64 CODEC(ZSTD),
    latency_embeddings_sum_ns Int128 CODEC(ZSTD),
    latency_embeddings_min_ns Int64 CODEC(ZSTD),
    latency_embeddings_max_ns Int64 CODEC(ZSTD),
    latency_embeddings_buckets Array(UInt16) CODEC(ZSTD),
    latency_embeddings_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_cache_fetch_count Int64 CODEC(ZSTD),
    latency_cache_fetch_sum_ns Int128 CODEC(ZSTD),
    latency_cache_fetch_min_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_max_ns Int64 CODEC(ZSTD),
    latency_cache_fetch_buckets Array(UInt16) CODEC(ZSTD),
    latency_cache_fetch_bucket_counts Array(Int64) CODEC(ZSTD),
    cost_reported Decimal(76, 24) CODEC(ZSTD),
    cost_reported_spend Decimal(76, 24) CODEC(ZSTD),
    cost_savings_reported Decimal(76, 24) CODEC(ZSTD),
    cost_computed Decimal(76, 24) CODEC(ZSTD),
    embeddings_cost Decimal(76, 24) CODEC(ZSTD),
    cost_savings Decimal(76, 24) CODEC(ZSTD),
    unpriced_calls Int64 CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, plugin_name, plugin_id, provider, request_model, response_model, cache_status,
    outcome, embeddings_provider, embeddings_model, service_tier, context_above_tokens, tokens_evidence,
    embeddings_evidence, token_classes, modifiers, unknown_units, counting_rule, cost_reported_currency,
    client_status, provider_status, cost_evidence, price_version, cost_currency, cost_gaps, log, partition, settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.agentic_usage_daily ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    kind String CODEC(ZSTD),
    method String CODEC(ZSTD),
    tool String CODEC(ZSTD),
    task_state String CODEC(ZSTD),
    error String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int64 CODEC(ZSTD),
    errors Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_call_count Int64 CODEC(ZSTD),
    latency_call_sum_ns Int128 CODEC(ZSTD),
    latency_call_min_ns Int64 CODEC(ZSTD),
    latency_call_max_ns Int64 CODEC(ZSTD),
    latency_call_buckets Array(UInt16) CODEC(ZSTD),
    latency_call_bucket_counts Array(Int64) CODEC(ZSTD),
    session_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.agentic_usage_monthly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    kind String CODEC(ZSTD),
    method String CODEC(ZSTD),
    tool String CODEC(ZSTD),
    task_state String CODEC(ZSTD),
    error String CODEC(ZSTD),
    response_bytes_kind String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    calls Int64 CODEC(ZSTD),
    errors Int128 CODEC(ZSTD),
    response_bytes Int128 CODEC(ZSTD),
    latency_call_count Int64 CODEC(ZSTD),
    latency_call_sum_ns Int128 CODEC(ZSTD),
    latency_call_min_ns Int64 CODEC(ZSTD),
    latency_call_max_ns Int64 CODEC(ZSTD),
    latency_call_buckets Array(UInt16) CODEC(ZSTD),
    latency_call_bucket_counts Array(Int64) CODEC(ZSTD),
    session_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, kind, method, tool, task_state, error, response_bytes_kind, log, partition,
    settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.stream_sessions_daily ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    sessions Int64 CODEC(ZSTD),
    received_bytes Int128 CODEC(ZSTD),
    sent_bytes Int128 CODEC(ZSTD),
    upstream_received_bytes Int128 CODEC(ZSTD),
    upstream_sent_bytes Int128 CODEC(ZSTD),
    latency_session_count Int64 CODEC(ZSTD),
    latency_session_sum_ns Int128 CODEC(ZSTD),
    latency_session_min_ns Int64 CODEC(ZSTD),
    latency_session_max_ns Int64 CODEC(ZSTD),
    latency_session_buckets Array(UInt16) CODEC(ZSTD),
    latency_session_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.stream_sessions_monthly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    status Int64 CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    sessions Int64 CODEC(ZSTD),
    received_bytes Int128 CODEC(ZSTD),
    sent_bytes Int128 CODEC(ZSTD),
    upstream_received_bytes Int128 CODEC(ZSTD),
    upstream_sent_bytes Int128 CODEC(ZSTD),
    latency_session_count Int64 CODEC(ZSTD),
    latency_session_sum_ns Int128 CODEC(ZSTD),
    latency_session_min_ns Int64 CODEC(ZSTD),
    latency_session_max_ns Int64 CODEC(ZSTD),
    latency_session_buckets Array(UInt16) CODEC(ZSTD),
    latency_session_bucket_counts Array(Int64) CODEC(ZSTD),
    latency_gateway_count Int64 CODEC(ZSTD),
    latency_gateway_sum_ns Int128 CODEC(ZSTD),
    latency_gateway_min_ns Int64 CODEC(ZSTD),
    latency_gateway_max_ns Int64 CODEC(ZSTD),
    latency_gateway_buckets Array(UInt16) CODEC(ZSTD),
    latency_gateway_bucket_counts Array(Int64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, status, log, partition, settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.meter_usage_daily ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    meter String CODEC(ZSTD),
    declaration String CODEC(ZSTD),
    unit String CODEC(ZSTD),
    aggregation String CODEC(ZSTD),
    decimals UInt8 CODEC(ZSTD),
    group_names String CODEC(ZSTD),
    group_1 String CODEC(ZSTD),
    group_2 String CODEC(ZSTD),
    group_3 String CODEC(ZSTD),
    group_4 String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    events Int64 CODEC(ZSTD),
    value_scaled Int128 CODEC(ZSTD),
    without_value Int128 CODEC(ZSTD),
    refused Int128 CODEC(ZSTD),
    distinct_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYYYYMM(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, settling
)
SETTINGS ${dedup_window:0};
CREATE TABLE IF NOT EXISTS ${database}.meter_usage_monthly ${on_cluster}
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    consumer_id String CODEC(ZSTD),
    consumer_username String CODEC(ZSTD),
    consumer_custom_id String CODEC(ZSTD),
    service_id String CODEC(ZSTD),
    service_name String CODEC(ZSTD),
    route_id String CODEC(ZSTD),
    route_name String CODEC(ZSTD),
    workspace String CODEC(ZSTD),
    team String CODEC(ZSTD),
    organisation String CODEC(ZSTD),
    meter String CODEC(ZSTD),
    declaration String CODEC(ZSTD),
    unit String CODEC(ZSTD),
    aggregation String CODEC(ZSTD),
    decimals UInt8 CODEC(ZSTD),
    group_names String CODEC(ZSTD),
    group_1 String CODEC(ZSTD),
    group_2 String CODEC(ZSTD),
    group_3 String CODEC(ZSTD),
    group_4 String CODEC(ZSTD),
    log String CODEC(ZSTD),
    partition Int32 CODEC(ZSTD),
    settling UInt128 CODEC(ZSTD),
    last_hour DateTime('UTC') CODEC(Delta, ZSTD),
    events Int64 CODEC(ZSTD),
    value_scaled Int128 CODEC(ZSTD),
    without_value Int128 CODEC(ZSTD),
    refused Int128 CODEC(ZSTD),
    distinct_hashes Array(UInt64) CODEC(ZSTD)
)
ENGINE = ${engine:MergeTree()}
PARTITION BY toYear(hour)
PRIMARY KEY (hour, consumer_id)
ORDER BY (
    hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id, route_name,
    workspace, team, organisation, meter, declaration, unit, aggregation, decimals, group_names, group_1, group_2,
    group_3, group_4, log, partition, settling
)
SETTINGS ${dedup_window:0};
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.api_usage_touches ${on_cluster} TO ${database}.usage_touches AS
SELECT 'api_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM ${database}.api_usage_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.llm_usage_touches ${on_cluster} TO ${database}.usage_touches AS
SELECT 'llm_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM ${database}.llm_usage_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.agentic_usage_touches ${on_cluster} TO ${database}.usage_touches AS
SELECT 'agentic_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM ${database}.agentic_usage_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.stream_sessions_touches ${on_cluster} TO ${database}.usage_touches AS
SELECT 'stream_sessions_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM ${database}.stream_sessions_hourly
GROUP BY hour, log, partition;
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.meter_usage_touches ${on_cluster} TO ${database}.usage_touches AS
SELECT 'meter_usage_hourly' AS table, hour, log, partition, toUInt64(1) AS touches
FROM ${database}.meter_usage_hourly
GROUP BY hour, log, partition;
INSERT INTO ${database}.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'api_usage_hourly', hour, log, partition, 1
FROM ${database}.api_usage_hourly
WHERE ('api_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM ${database}.usage_touches
);
INSERT INTO ${database}.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'llm_usage_hourly', hour, log, partition, 1
FROM ${database}.llm_usage_hourly
WHERE ('llm_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM ${database}.usage_touches
);
INSERT INTO ${database}.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'agentic_usage_hourly', hour, log, partition, 1
FROM ${database}.agentic_usage_hourly
WHERE ('agentic_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM ${database}.usage_touches
);
INSERT INTO ${database}.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'stream_sessions_hourly', hour, log, partition, 1
FROM ${database}.stream_sessions_hourly
WHERE ('stream_sessions_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM ${database}.usage_touches
);
INSERT INTO ${database}.usage_touches (table, hour, log, partition, touches)
SELECT DISTINCT 'meter_usage_hourly', hour, log, partition, 1
FROM ${database}.meter_usage_hourly
WHERE ('meter_usage_hourly', hour, log, partition) NOT IN (
    SELECT table, hour, log, partition
    FROM ${database}.usage_touches
);
