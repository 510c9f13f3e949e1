"""The usage of models, tools and agents that an event's `ai` member tells of."""

from gatemeter.streams.agentic.rows import append_agent_call
from gatemeter.streams.event_batch import EventBatch, Key
from gatemeter.streams.kong.ai import parse_ai, read_agent_calls, read_llm_calls
from gatemeter.streams.llm.rows import append_llm_call
from gatemeter.streams.rollups import AGENTIC_USAGE_ROLLUP, LLM_USAGE_ROLLUP
from gatemeter.streams.tables.schema import CALLER

_CALLER_LENGTH = len(CALLER)


def append_ai_usage(batch: EventBatch, key: Key, status: int | None, ai: bytes) -> None:
    """Append the calls that `ai` (JSON text) lists to the last request of `batch`, whose API usage has `key`."""
    document = parse_ai(ai)
    if document is None:
        batch.fields_left_out += 1
        return
    event_index, caller = len(batch.requests.event_ids) - 1, key[:_CALLER_LENGTH]
    left_out: list[str] = []
    for llm_call in read_llm_calls(document, status, left_out):
        append_llm_call(batch.requests.rows(LLM_USAGE_ROLLUP), event_index, caller, llm_call)
    for agent_call in read_agent_calls(document, status, left_out):
        append_agent_call(batch.requests.rows(AGENTIC_USAGE_ROLLUP), event_index, caller, agent_call)
    batch.fields_left_out += len(left_out)
