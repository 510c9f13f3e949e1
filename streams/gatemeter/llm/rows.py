"""From a call to a row of LLM usage."""

from gatemeter.events.batch import NOT_MEASURED, Key, UsageRows
from gatemeter.llm.call import LlmCall, Outcome
from gatemeter.schema.usage import TOKEN_CLASSES

_MAY_BE_SPEND = (Outcome.PROVIDER, Outcome.UNKNOWN)


def llm_key(caller: Key, call: LlmCall) -> Key:
    """The call's values of `LLM_USAGE.dimensions`; `caller` is `tables.schema.CALLER`."""
    return (
        *caller,
        call.plugin_name,
        call.plugin_id,
        call.provider,
        call.request_model,
        call.response_model,
        call.cache_status,
        call.outcome.value,
        call.embeddings_provider,
        call.embeddings_model,
        call.service_tier,
        call.context_above_tokens,
        call.tokens_evidence.value,
        call.embeddings_evidence.value,
        ",".join(name for name in TOKEN_CLASSES if getattr(call, name)),
    )


def llm_sums(call: LlmCall) -> list[int]:
    """The call's values of `tables.llm_usage.LLM_SUMS`."""
    is_unreported = call.outcome in _MAY_BE_SPEND and call.cost_reported_yoctos is None
    return [
        call.calls,
        1 - call.calls,
        call.prompt_tokens or 0,
        call.completion_tokens or 0,
        call.total_tokens or 0,
        *(getattr(call, name) or 0 for name in TOKEN_CLASSES),
        call.embeddings_tokens or 0,
        call.calls if is_unreported else 0,
    ]


def append_llm_call(rows: UsageRows, event_index: int, caller: Key, call: LlmCall) -> None:
    """Append `call` of event `event_index` to rows of `LLM_USAGE_ROLLUP`.

    A cost that was reported for a cached answer was not spent: it is what the cache saved. One reported for a failed
    call was not spent either; where nobody knows how the call ended, the report stands.
    """
    cost = call.cost_reported_yoctos or 0
    rows.append(
        event_index,
        llm_key(caller, call),
        sums=llm_sums(call),
        latencies_ms=[
            NOT_MEASURED if value is None else value
            for value in (
                call.llm_latency_ms,
                call.time_per_token_ms,
                call.time_to_first_token_ms,
                call.embeddings_latency_ms,
                call.fetch_latency_ms,
            )
        ],
        amounts=[
            cost if call.outcome in _MAY_BE_SPEND else 0,
            cost if call.outcome is Outcome.CACHE_HIT else 0,
        ],
    )
