"""From dice to what happened behind an AI route."""

from collections.abc import Callable, Mapping

from gatemeter.producers.generator.ai.a2a_event import draw_a2a
from gatemeter.producers.generator.ai.dice import AiDice
from gatemeter.producers.generator.ai.facts import AiFacts
from gatemeter.producers.generator.ai.kind import AiKind
from gatemeter.producers.generator.ai.llm_event import draw_llm
from gatemeter.producers.generator.ai.mcp_event import draw_mcp
from gatemeter.producers.generator.request_draws import RequestDraw

_DRAWERS: Mapping[AiKind, Callable[[RequestDraw, AiDice, int, int], AiFacts]] = {
    AiKind.LLM: draw_llm,
    AiKind.MCP: draw_mcp,
    AiKind.A2A: draw_a2a,
}


def draw_ai(kind: AiKind, draw: RequestDraw, status: int, upstream_ms: int) -> AiFacts:
    """The AI part of the request that `draw` means, which ended with `status` after `upstream_ms` at the upstream."""
    return _DRAWERS[kind](draw, AiDice(draw.request_id), status, upstream_ms)
