"""The text of the `ai` member into an object.

The usage of models, tools and agents that an event's `ai` member tells of.

Reading the `ai` member of Kong's log events: calls to language models, to tools and to other agents.
"""

from typing import Any

from gatemeter.events.agent_call import append_agent_call
from gatemeter.events.batch import EventBatch, Key
from gatemeter.formats.kong.agent_calls import read_agent_calls
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.lenient.document import parse_json
from gatemeter.llm.rows import append_llm_call
from gatemeter.schema.rollups import AGENTIC_USAGE_ROLLUP, LLM_USAGE_ROLLUP
from gatemeter.schema.table import CALLER


def parse_ai(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw`, with numbers exact (`loose_json.document`).

    `{}` for an object, a list or a null without content: nothing was logged. None for what is no object or cannot be
    read. Never raises.
    """
    parsed = parse_json(raw)
    if isinstance(parsed, dict):
        return parsed
    return {} if parsed is None or parsed == [] else None


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


__all__ = ["parse_ai", "read_agent_calls", "read_llm_calls"]
