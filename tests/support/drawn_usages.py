"""200 usages over all models that the book takes from `genai-prices`, for comparisons with other calculations."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from genai_prices.data import providers as PUBLISHED  # noqa: N812 - a constant of the package
from genai_prices.types import ModelInfo, Provider

from gatemeter.llm.call import context_above
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.pricing.published_prices import PROVIDERS
from tests.support.price_books import usage

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When the drawn usages are."""

INPUT = (
    *("fresh_input_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens", "audio_input_tokens"),
    *("cached_audio_tokens", "image_input_tokens", "video_input_tokens"),
)
OUTPUT = ("plain_output_tokens", "reasoning_tokens", "audio_output_tokens", "image_output_tokens")
_OTHER = ("web_searches", "pages", "characters")

_SEED = 20261128
_COUNT = 200


@dataclass(frozen=True)
class DrawnUsage:
    """The counts, by unit, of one call to a model of `genai-prices`; `tier` is "batch" or ""."""

    provider: Provider
    model: ModelInfo
    counts: dict[str, int]
    tier: str

    @property
    def model_text(self) -> str:
        """The model as the package calls it: `aws/global.anthropic.claude-opus-5`."""
        return f"{self.provider.id}/{self.model.id}"

    @property
    def text(self) -> str:
        """The model and the tier: `aws/global.anthropic.claude-opus-5 batch`. Several usages may have the same."""
        return f"{self.model_text} {self.tier}".rstrip()

    @property
    def name(self) -> str:
        """The model as a log names it. The package has the regional and the global price of Bedrock as two models."""
        if self.provider.id != "aws":
            return self.model.id
        return self.model.id.removeprefix("regional.").removeprefix("global.")

    @property
    def modifiers(self) -> str:
        """Without the service tier, as a log tells them."""
        return "inference_profile=global" if self.model.id.startswith("global.") else ""

    @property
    def input_tokens(self) -> int:
        return sum(count for unit, count in self.counts.items() if unit in INPUT)

    @property
    def output_tokens(self) -> int:
        return sum(count for unit, count in self.counts.items() if unit in OUTPUT)

    def priced_usage(self) -> PricedUsage:
        """The same usage as gatemeter prices it."""
        return usage(
            f"{self.provider.id}/{self.name}",
            at=int(AT.timestamp()),
            service_tier=self.tier,
            modifiers=self.modifiers,
            context_above_tokens=context_above(self.input_tokens),
            **self.counts,  # type: ignore[arg-type]
        )


def drawn_usages() -> list[DrawnUsage]:
    """Always the same. Mostly text and caches, as traffic is; every fifth usage has other units."""
    rng = random.Random(_SEED)
    models = [(each, model) for each in PUBLISHED if each.id in PROVIDERS for model in each.models]
    found = []
    for number in range(_COUNT):
        provider, model = rng.choice(models)
        names = ["fresh_input_tokens", "plain_output_tokens"]
        names += [name for name in ("cached_tokens", "reasoning_tokens") if rng.random() < 0.5]
        if number % 5 == 0:
            names += rng.sample(sorted({*INPUT, *OUTPUT, *_OTHER} - set(names)), 2)
        counts = {name: rng.choice((1, 37, 1_000, 150_000, 300_000)) for name in names}
        found.append(DrawnUsage(provider, model, counts, rng.choice(("", "", "batch"))))
    return found
