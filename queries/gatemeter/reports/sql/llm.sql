-- Purpose: what calls to language models used and cost, and how long the models took, per period and group.
-- Parameters: by Array(String), the groups wanted, of those in `groups` below; from, to DateTime('UTC'), hours in
--   [from, to); period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql.
-- Columns: period, groups (the values of `by` in its order), consumer_username, calls, prompt_tokens,
--   completion_tokens, total_tokens, cached_tokens, cost_reported (what of the reported costs was spent),
--   cost_computed, calls_without_reported_cost, unpriced_calls, count, avg_ms, min_ms, p50_ms, p90_ms, p95_ms, p99_ms,
--   max_ms, reasoning_tokens, embeddings_tokens, embeddings_cost, cost_savings, cost_estimated (what of cost_computed is
--   an estimate), estimated_calls, cost_currency (of all computed amounts), cost_reported_currency; by period, groups
--   and currencies. Costs are exact decimal numbers as text, NULL where calls may have cost something and nothing is
--   known of it. Amounts of two currencies are in two rows; '' is a currency that was not told.
-- consumer_username is the latest user name of the group's consumers that is not empty; tables show it beside an id.
-- FINAL hides replaced rows whether or not the parts were merged. Sums of Decimal(38, 24) wrap around without an error
-- from 10^14 units on, so money is added up as Decimal256. Tokens are added up as Int128: an event has fewer than 2^63
-- of each kind, so it takes 2^64 events to fill it.
WITH
    usage AS
    (
        $usage
    ),
    ${named},
    ${chosen},
    merged AS
    (
        SELECT
            period,
            arrayMap(
                name -> CASE name
                    WHEN 'consumer_id' THEN billing_subject
                    WHEN 'provider' THEN chosen.provider
                    WHEN 'request_model' THEN chosen.request_model
                    WHEN 'response_model' THEN chosen.response_model
                    WHEN 'outcome' THEN chosen.outcome
                    WHEN 'service' THEN if(chosen.service_name != '', chosen.service_name, chosen.service_id)
                    WHEN 'route' THEN if(chosen.route_name != '', chosen.route_name, chosen.route_id)
                    WHEN 'workspace' THEN chosen.workspace
                    WHEN 'team' THEN chosen.team
                    WHEN 'organisation' THEN chosen.organisation
                    WHEN 'plugin' THEN if(chosen.plugin_name != '', chosen.plugin_name, chosen.plugin_id)
                    WHEN 'cache_status' THEN chosen.cache_status
                    ELSE ''
                END,
                {by:Array(String)}
            ) AS groups,
            -- As texts, the hours of a clock that is put back would be in the wrong order.
            if({period:String} = 'hour', min(chosen.hour), toDateTime(0, 'UTC')) AS period_order,
            argMaxIf(chosen.consumer_username, (chosen.last_hour, chosen.consumer_username), chosen.consumer_username != '')
                AS consumer_username,
            chosen.cost_currency AS cost_currency,
            chosen.cost_reported_currency AS cost_reported_currency,
            sum(chosen.calls) AS calls,
            -- What may have cost something (also an answer that a separate event reports), and what of it has no price.
            sumIf(chosen.calls + chosen.answers, chosen.outcome IN ('provider', 'blocked', 'unknown')) AS open_calls,
            sumIf(chosen.calls, chosen.outcome IN ('provider', 'blocked', 'unknown')) AS reportable_calls,
            sumIf(chosen.unpriced_calls, chosen.outcome IN ('provider', 'blocked', 'unknown')) AS open_unpriced_calls,
            countIf(chosen.embeddings_evidence != '') AS embedding_rows,
            countIf(chosen.embeddings_evidence != '' AND chosen.cost_evidence = 'unpriced') AS unpriced_embedding_rows,
            sum(chosen.prompt_tokens) AS prompt_tokens,
            sum(chosen.completion_tokens) AS completion_tokens,
            sum(chosen.total_tokens) AS total_tokens,
            sum(chosen.cached_tokens) AS cached_tokens,
            sum(chosen.reasoning_tokens) AS reasoning_tokens,
            sum(chosen.embeddings_tokens) AS embeddings_tokens,
            sum(toDecimal256(chosen.cost_reported_spend, 24)) AS reported,
            sum(toDecimal256(chosen.cost_computed, 24)) AS computed,
            sumIf(toDecimal256(chosen.cost_computed, 24), chosen.cost_evidence = 'estimated') AS estimated,
            sumIf(chosen.calls + chosen.answers, chosen.cost_evidence = 'estimated') AS estimated_calls,
            sum(toDecimal256(chosen.embeddings_cost, 24)) AS embeddings,
            sum(toDecimal256(chosen.cost_savings, 24)) AS savings,
            sum(chosen.calls_without_reported_cost) AS calls_without_reported_cost,
            sum(chosen.unpriced_calls) AS unpriced_calls,
            sum(chosen.latency_llm_count) AS count,
            sum(chosen.latency_llm_sum_ns) AS sum_ns,
            minIf(chosen.latency_llm_min_ns, chosen.latency_llm_count > 0) AS min_ns,
            maxIf(chosen.latency_llm_max_ns, chosen.latency_llm_count > 0) AS max_ns,
            sumMap(mapFromArrays(chosen.latency_llm_buckets, chosen.latency_llm_bucket_counts)) AS merged_buckets,
            (mapKeys(merged_buckets), mapValues(merged_buckets)) AS sketch
        FROM chosen
        GROUP BY period, groups, cost_currency, cost_reported_currency
    ),
    ${percentiles}
SELECT
    period,
    groups,
    consumer_username,
    calls,
    prompt_tokens,
    completion_tokens,
    total_tokens,
    cached_tokens,
    -- The amount is asked too: an event that only completes another one's call has a cost and no call.
    toString(
        if(open_calls > 0 AND reportable_calls <= calls_without_reported_cost AND reported = 0, NULL, reported)
    ) AS cost_reported,
    toString(if(open_calls > 0 AND open_calls <= open_unpriced_calls AND computed = 0, NULL, computed))
        AS cost_computed,
    calls_without_reported_cost,
    unpriced_calls,
    count,
    avg_ms,
    min_ms,
    p50_ms,
    p90_ms,
    p95_ms,
    p99_ms,
    max_ms,
    reasoning_tokens,
    embeddings_tokens,
    toString(
        if(embedding_rows > 0 AND embedding_rows = unpriced_embedding_rows AND embeddings = 0, NULL, embeddings)
    ) AS embeddings_cost,
    toString(savings) AS cost_savings,
    toString(estimated) AS cost_estimated,
    estimated_calls,
    cost_currency,
    cost_reported_currency
FROM timed
ORDER BY period_order, period, groups, cost_currency, cost_reported_currency
SETTINGS do_not_merge_across_partitions_select_final = 1, output_format_decimal_trailing_zeros = 0
