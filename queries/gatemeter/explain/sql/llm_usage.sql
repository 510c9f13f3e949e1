-- Purpose: the ranges that a number of the LLM report is the sum of.
-- Parameters: metric String, one of llm_calls, llm_tokens, llm_cost_computed, llm_cost_reported; from, to
--   DateTime('UTC'), hours in [from, to); period, time_zone, subject and consumers as in parts/named.sql and parts/chosen.sql of the reports.
-- Columns: those of parts/explained_ranges.sql.
WITH
    usage AS
    (
        SELECT *
        FROM llm_usage_hourly FINAL
        WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    ),
    ${reports/named},
    ${reports/chosen},
    valued AS
    (
        SELECT
            hour,
            consumer_id,
            log,
            partition,
            epoch_first_offset,
            multiIf(
                {metric:String} = 'llm_calls', toDecimal256(calls, 24),
                {metric:String} = 'llm_tokens', toDecimal256(total_tokens, 24),
                {metric:String} = 'llm_cost_computed', toDecimal256(cost_computed, 24),
                toDecimal256(cost_reported_spend, 24)
            ) AS value
        FROM chosen
    )
${explained_ranges}
