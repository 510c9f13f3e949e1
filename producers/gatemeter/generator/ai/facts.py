"""What models, tools and agents did in one request: the source of both the `ai` part of its event and the truth."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class LlmCallFacts:
    """One call to a language model, as its event tells of it: what a gateway version does not log is '', 0 or None.

    `cost_text` is the logged number as it is printed, None where none is logged. `cache_status` is spelled as logged.
    """

    provider: str
    request_model: str
    response_model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_text: str | None = None
    latency_ms: int | None = None
    cache_status: str = ""


@dataclass(slots=True)
class AgentCallFacts:
    """One call of a tool (MCP) or of an agent (A2A); texts are '' where there is none, sizes 0, latencies None.

    `error` is the logged text of an error. A task can have failed without one.
    """

    kind: Literal["mcp", "a2a"]
    method: str
    tool: str = ""
    task_state: str = ""
    error: str = ""
    response_bytes: int = 0
    latency_ms: float | None = None


@dataclass(slots=True)
class AiFacts:
    """All of it, and `text`, the JSON value of `ai`; `from_cache` says that no model was asked for the answer."""

    text: bytes
    llm_calls: tuple[LlmCallFacts, ...] = ()
    agent_calls: tuple[AgentCallFacts, ...] = ()
    from_cache: bool = False
