"""What stands behind an AI route."""

from enum import Enum


class AiKind(Enum):
    """Models are asked through the proxy plugins, tools over MCP, agents over A2A."""

    LLM = "llm"
    MCP = "mcp"
    A2A = "a2a"
