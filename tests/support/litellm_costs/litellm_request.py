"""Drawn usages in the terms of LiteLLM: its names of models, its usage object, its price map."""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from gatemeter.llm.call import CONTEXT_THRESHOLDS
from gatemeter.llm.modifiers import read_modifiers
from gatemeter.money import YOCTOS_PER_UNIT
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.units import UNITS
from tests.support.drawn_usages import AT, DrawnUsage

BATCH = "batch"

_PROVIDERS = {
    "aws": "bedrock",
    "fireworks": "fireworks_ai",
    "google": "gemini",
    "moonshotai": "moonshot",
    "together": "together_ai",
    "x-ai": "xai",
    "zhipuai": "zai",
}
_PROMPT_DETAILS = {
    "cached_tokens": ("cached_tokens",),
    "cached_audio_tokens": ("cached_tokens", "audio_tokens"),
    "cache_write_tokens": ("cache_creation_tokens",),
    "cache_write_1h_tokens": ("cache_creation_tokens",),
    "audio_input_tokens": ("audio_tokens",),
    "image_input_tokens": ("image_tokens",),
    "video_input_tokens": ("video_tokens",),
    "characters": ("character_count",),
}
_COMPLETION_DETAILS = {
    "reasoning_tokens": ("reasoning_tokens",),
    "audio_output_tokens": ("audio_tokens",),
    "image_output_tokens": ("image_tokens",),
}
_PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "reasoning": "output_cost_per_reasoning_token",
    "audio_input": "input_cost_per_audio_token",
    "audio_cache_read": "cache_read_input_audio_token_cost",
    "audio_output": "output_cost_per_audio_token",
    "image_input": "input_cost_per_image_token",
    "image_output": "output_cost_per_image_token",
    "video_input": "input_cost_per_video_token",
}


def litellm_request(usage: DrawnUsage, table: PriceTable) -> dict[str, Any]:
    """What calculate.py is asked: LiteLLM gets every price that gatemeter has for the model, and none in its place."""
    return {
        "provider": _provider(usage),
        "names": list(_names(usage)),
        "usage": _usage(usage),
        "is_batch": usage.tier == BATCH,
        "prices": _prices(usage, table),
    }


def price_of(usage: DrawnUsage, table: PriceTable, tier: str = "", above: int = 0) -> Price | None:
    """The price of the model for this tier and for contexts above so many tokens."""
    modifiers = read_modifiers(usage.modifiers, tier)
    return table.find(usage.provider.id, (usage.name,), int(AT.timestamp()), (), above, modifiers)


def batch_price_of(usage: DrawnUsage, table: PriceTable, above: int = 0) -> Price | None:
    """None where the book has no price for batches, so that the standard price is the estimate."""
    price = price_of(usage, table, BATCH, above)
    return None if price is None or any("service tier" in gap.text for gap in price.gaps) else price


def own_rates(price: Price) -> dict[str, Fraction]:
    """By the names of a price book, in yoctos for one of a unit; without those that only stand in for one."""
    pairs = zip(UNITS, price.rates, strict=True)
    return {unit.rate: Fraction(rate.yoctos) for unit, rate in pairs if rate is not None and rate.gap is None}


def _provider(usage: DrawnUsage) -> str:
    if usage.model_text.startswith("google/claude"):
        return "vertex_ai"
    return _PROVIDERS.get(usage.provider.id, usage.provider.id)


def _names(usage: DrawnUsage) -> Iterator[str]:
    name = usage.model.id.removeprefix("regional.")
    match usage.provider.id:
        case "fireworks":
            yield f"accounts/fireworks/models/{name}"
        case "mistral":
            yield from (name, f"{name}-latest")
        case "zhipuai":
            yield name.lower()
        case _:
            yield from (name, name.removesuffix("-v1:0"))


def _usage(usage: DrawnUsage) -> dict[str, Any]:
    counts = usage.counts
    prompt: dict[str, Any] = _details(counts, _PROMPT_DETAILS)
    if "cached_audio_tokens" in counts:
        cached = {"text_tokens": counts.get("cached_tokens", 0), "audio_tokens": counts["cached_audio_tokens"]}
        prompt["cached_tokens_details"] = cached
    if "cache_creation_tokens" in prompt:
        prompt["cache_creation_token_details"] = {
            "ephemeral_5m_input_tokens": counts.get("cache_write_tokens", 0),
            "ephemeral_1h_input_tokens": counts.get("cache_write_1h_tokens", 0),
        }
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": prompt or None,
        "completion_tokens_details": _details(counts, _COMPLETION_DETAILS) or None,
        "server_tool_use": {"web_search_requests": counts["web_searches"]} if "web_searches" in counts else None,
    }


def _details(counts: Mapping[str, int], names: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for unit, count in counts.items():
        found.update(dict.fromkeys(names.get(unit, ()), count))
    return dict(found)


def _prices(usage: DrawnUsage, table: PriceTable) -> dict[str, Any] | None:
    standard = price_of(usage, table)
    if standard is None:
        return None
    found: dict[str, Any] = {}
    for suffix, find in (("", price_of), ("_batches", batch_price_of)):
        version = ""
        for above in (0, *CONTEXT_THRESHOLDS):
            price = find(usage, table, above=above)
            if price is not None and price.version != version:
                version = price.version
                found |= _entry(own_rates(price), _context_suffix(usage, above) + suffix)
    searches = own_rates(standard).get("per_web_search")
    if searches is not None:
        sizes = ("low", "medium", "high")
        found["search_context_cost_per_query"] = {f"search_context_size_{size}": _dollars(searches) for size in sizes}
    return found


def _context_suffix(usage: DrawnUsage, above: int) -> str:
    """A threshold of xAI is the first size that costs more for LiteLLM, and the last that costs less for gatemeter."""
    return f"_above_{above + (usage.provider.id == 'x-ai')}_tokens" if above else ""


def _entry(rates: Mapping[str, Fraction], suffix: str) -> dict[str, float]:
    """Reasoning only where it has a price of its own: LiteLLM would prefer it to the output of a batch."""
    own = {name: rate for name, rate in rates.items() if name != "reasoning" or rate != rates.get("output")}
    return {_PRICES[name] + suffix: _dollars(rate) for name, rate in own.items() if name in _PRICES}


def _dollars(yoctos: Fraction) -> float:
    return float(yoctos / YOCTOS_PER_UNIT)
