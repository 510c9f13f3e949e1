"""The `ai` member of Kong's log events: calls to language models, to tools and to other agents."""

from typing import Any

from gatemeter.events.agent_call import AgentCall
from gatemeter.formats.kong.agent_calls import read_agent_calls
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.lenient.document import parse_json
from gatemeter.llm.call import LlmCall


def read_ai(raw: bytes, status: int | None, ignored_fields: list[str]) -> tuple[list[LlmCall], list[AgentCall]]:
    """The calls that `raw` (JSON text, or nothing) lists; `status` is the client's, None if unknown. Never raises.

    The dotted paths of fields that could not be used are appended to `ignored_fields`.
    """
    ai = parse_ai(raw) if raw else {}
    if ai is None:
        ignored_fields.append("ai")
        return [], []
    return read_llm_calls(ai, status, ignored_fields), read_agent_calls(ai, status, ignored_fields)


def parse_ai(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw`, with exact numbers (see `lenient.document`). Never raises.

    `{}` for an object, a list or a null without content: nothing was logged. None for anything else than an object,
    and for text that is not JSON.
    """
    parsed = parse_json(raw)
    if isinstance(parsed, dict):
        return parsed
    return {} if parsed is None or parsed == [] else None
