"""The language models behind the AI routes: tokens, cost and the `ai` part of an event as Kong 3.9 writes it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from gatemeter.producers.generator.request_draws import RequestDraw

_CACHED_SHARE = 0.08
_PLUGIN_ID = str(UUID(int=0x2B7C1F8E4F0A4A8E9D617E0F4F1F2A10, version=4))
_TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class AiModel:
    """A model and its prices per million tokens."""

    provider: str
    request_name: str
    response_name: str
    input_price: Decimal
    output_price: Decimal


MODELS = (
    AiModel("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", Decimal("0.15"), Decimal("0.60")),
    AiModel("mistral", "mistral-small", "mistral-small-2501", Decimal("0.10"), Decimal("0.30")),
    AiModel("anthropic", "claude-3-5-haiku", "claude-3-5-haiku-20241022", Decimal("0.80"), Decimal("4.00")),
)


@dataclass(frozen=True, slots=True)
class AiFacts:
    """What a model did in one request; `cached` means that the semantic cache answered in its place."""

    model: AiModel
    prompt_tokens: int
    completion_tokens: int
    cached: bool

    @property
    def cost(self) -> Decimal:
        """In currency units, exact."""
        total = self.prompt_tokens * self.model.input_price + self.completion_tokens * self.model.output_price
        return total / _TOKENS_PER_PRICE


def draw_ai(draw: RequestDraw) -> AiFacts:
    """The model call that `draw` means."""
    return AiFacts(
        model=MODELS[draw.resource % len(MODELS)],
        prompt_tokens=40 + int(400 * draw.size_factor),
        completion_tokens=1 + draw.resource % 700,
        cached=draw.other_share < _CACHED_SHARE,
    )


def ai_text(ai: AiFacts, latency_ms: int) -> bytes:
    """The `ai` member of an event, with a comma in front; a cached answer shows neither latency nor token times."""
    timing = "" if ai.cached else f',"llm_latency":{latency_ms}'
    pace = "" if ai.cached else f',"time_per_token":{latency_ms / ai.completion_tokens:.14g}'
    cache = '{"cache_status":"Hit","fetch_latency":14}' if ai.cached else "{}"
    model = ai.model
    return (
        f',"ai":{{"proxy":{{"meta":{{"plugin_id":"{_PLUGIN_ID}","provider_name":"{model.provider}",'
        f'"request_model":"{model.request_name}","response_model":"{model.response_name}"{timing}}},'
        f'"usage":{{"prompt_tokens":{ai.prompt_tokens},"completion_tokens":{ai.completion_tokens},'
        f'"total_tokens":{ai.prompt_tokens + ai.completion_tokens},"cost":{float(ai.cost):.14g}{pace}}},'
        f'"cache":{cache}}}}}'
    ).encode()
