"""Reading the `ai` member of Kong's log events: calls to language models, to tools and to other agents."""

from gatemeter.streams.kong.ai.agent_calls import read_agent_calls
from gatemeter.streams.kong.ai.block import parse_ai
from gatemeter.streams.kong.ai.llm_calls import read_llm_calls

__all__ = ["parse_ai", "read_agent_calls", "read_llm_calls"]
