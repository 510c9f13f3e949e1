"""The language models behind the AI routes."""

from dataclasses import dataclass
from decimal import Decimal

from gatemeter.producers.generator.weighted import Weighted

_TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """What the operator of the gateway entered, per million tokens of prompt and of completion."""

    prompt: Decimal
    completion: Decimal

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The cost as the gateway computes it: in binary floating point."""
        total = prompt_tokens * self.prompt + completion_tokens * self.completion
        return float(total / _TOKENS_PER_PRICE)


@dataclass(frozen=True, slots=True)
class AiModel:
    """A model; `prices` is None where the operator entered none, `reasons` says that it thinks before it answers."""

    provider: str
    request_name: str
    response_name: str
    prices: ModelPrices | None
    reasons: bool = False


_HAIKU = ModelPrices(Decimal("0.80"), Decimal("4.00"))
# In credits of the operator's own, so that a cost has more digits than the gateway prints.
_CREDITS = ModelPrices(Decimal("0.118034602137"), Decimal("0.354103806291"))

MODELS = Weighted(
    (
        (AiModel("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", ModelPrices(Decimal("0.15"), Decimal("0.60"))), 6),
        (AiModel("mistral", "mistral-small", "mistral-small-2501", _CREDITS), 4),
        (AiModel("anthropic", "claude-3-5-haiku", "claude-3-5-haiku-20241022", _HAIKU), 4),
        (AiModel("openai", "o3-mini", "o3-mini-2025-01-31", ModelPrices(Decimal("1.10"), Decimal("4.40")), True), 2),
        (AiModel("azure", "gpt-4o", "gpt-4o-2024-08-06", ModelPrices(Decimal("2.50"), Decimal("10.00"))), 2),
        (AiModel("gemini", "gemini-2.0-flash", "gemini-2.0-flash", ModelPrices(Decimal("0.10"), Decimal("0.40"))), 2),
        (AiModel("ollama", "llama3.2", "llama3.2", None), 2),
    )
)
"""With their weights: how often each is asked."""
