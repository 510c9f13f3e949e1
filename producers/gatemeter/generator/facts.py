"""What happened in one request, before it is written down: the source of both its log line and the truth."""

from dataclasses import dataclass
from typing import Literal

from gatemeter.generator.catalogue import Consumer, Route

FIRST_FAILING_STATUS = 400
ANONYMOUS_ID = "anonymous"


@dataclass(slots=True)
class LlmCallFacts:
    """One call to a language model as its event logs it; what a gateway version does not log is '', 0 or None.

    `cost_text` is the logged number as it is printed. `cache_status` is spelled as logged.
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
    """One call of a tool (MCP) or of an agent (A2A); what is not logged is '', 0 or None.

    `error` is the logged text of an error. A task can also fail without one.
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
    """All AI calls of a request, with `text`, the JSON value of its `ai` member.

    `from_cache` says that a cache answered, so that no model was asked.
    """

    text: bytes
    llm_calls: tuple[LlmCallFacts, ...] = ()
    agent_calls: tuple[AgentCallFacts, ...] = ()
    from_cache: bool = False


@dataclass(slots=True)
class RequestFacts:
    """One request. `started_at_ms` is Unix time, latencies are in ms; `upstream_ms` is -1 without an upstream."""

    request_id: str
    started_at_ms: int
    consumer: Consumer | None
    route: Route | None
    method: str
    status: int
    by_gateway: bool
    failed_tries: int
    request_bytes: int
    response_bytes: int
    request_ms: int
    upstream_ms: int
    gateway_ms: int
    receive_ms: int
    resource: int
    ai: AiFacts | None


def consumer_id(facts: RequestFacts) -> str:
    """The consumer's id, or `ANONYMOUS_ID` for everybody without one."""
    return ANONYMOUS_ID if facts.consumer is None else facts.consumer.id
