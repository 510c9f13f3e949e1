"""How LiteLLM prices a usage by gatemeter's prices, and which of its rules make that another cost than gatemeter's.

Written once more, so that the comparison shows that nothing else differs. By release 1.110.2: generic_cost_per_token in
litellm_core_utils/llm_cost_calc/utils.py, batch_cost_calculator in cost_calculator.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from gatemeter.pricing.price import Price
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.units import UNITS, Unit
from tests.support.drawn_usages import DrawnUsage
from tests.support.litellm_costs.litellm_request import BATCH, batch_price_of, own_rates, price_of

Rates = Mapping[str, Fraction]

_FREE = Fraction(0)


class Rule(StrEnum):
    """What LiteLLM does otherwise; the texts stand in docs/pricing.md."""

    GENERAL_PRICE = "audio, images and writes to a cache without a price of their own"
    FREE_OUTPUT = "output of a model without an output price"
    HALF_A_BATCH = "a batch without a price for batches"
    FREE_CACHE_OF_A_BATCH = "cache reads without a price, in a batch without one"
    SMALL_BATCH = "a long context in a batch without a price for batches"
    CACHE_OF_FIREWORKS = "cache reads without a price, at Fireworks"


@dataclass(frozen=True)
class RuledCost:
    """LiteLLM's cost in yoctos, and the rules that make it differ."""

    yoctos: Fraction
    rules: frozenset[Rule]


def cost_by_litellm_rules(usage: DrawnUsage, table: PriceTable) -> RuledCost | None:
    """None where gatemeter has no price for the model."""
    standard = price_of(usage, table)
    ours = price_of(usage, table, usage.tier, usage.priced_usage().context_above_tokens)
    if standard is None or ours is None:
        return None
    theirs = _rates(usage, table, standard)
    cost, rules = _FREE, set[Rule]()
    for unit, count, our_rate in _counted(usage, ours):
        rate = theirs.get(unit.rate, _FREE)
        cost += count * rate
        if unit.is_token and rate != our_rate:
            rules.update(_rules(usage, table, unit, rate, our_rate))
    return RuledCost(cost, frozenset(rules))


def _counted(usage: DrawnUsage, ours: Price) -> Iterator[tuple[Unit, int, int | None]]:
    for unit, rate in zip(UNITS, ours.rates, strict=True):
        if unit.name in usage.counts:
            yield unit, usage.counts[unit.name], None if rate is None else rate.yoctos


def _rules(usage: DrawnUsage, table: PriceTable, unit: Unit, rate: Fraction, ours: int | None) -> Iterator[Rule]:
    if ours is None:
        yield Rule.FREE_OUTPUT if rate == 0 else Rule.GENERAL_PRICE
    elif usage.tier == BATCH and batch_price_of(usage, table) is None:
        yield Rule.HALF_A_BATCH if rate else Rule.FREE_CACHE_OF_A_BATCH
        if _has_long_context(usage, table):
            yield Rule.SMALL_BATCH
    elif unit.rate == "cache_read" and usage.provider.id == "fireworks":
        yield Rule.CACHE_OF_FIREWORKS
    else:
        msg = f"no rule of LiteLLM explains its price of {unit.rate} for {usage.model_text}: {rate} and not {ours}"
        raise AssertionError(msg)


def _has_long_context(usage: DrawnUsage, table: PriceTable) -> bool:
    standard = price_of(usage, table)
    of_context = price_of(usage, table, "", usage.priced_usage().context_above_tokens)
    return standard is not None and of_context is not None and standard.version != of_context.version


def _rates(usage: DrawnUsage, table: PriceTable, standard: Price) -> Rates:
    above = usage.priced_usage().context_above_tokens
    of_context = price_of(usage, table, "", above) or standard
    if usage.tier != BATCH:
        return _standard_rates(own_rates(of_context), usage.provider.id)
    batch = batch_price_of(usage, table, above)
    if batch is None:
        return _halved_rates(own_rates(standard))
    return _batch_rates(own_rates(batch), own_rates(of_context))


def _standard_rates(own: Rates, provider: str) -> Rates:
    text = own.get("input", _FREE)
    output = own.get("output", own.get("image_output", _FREE))
    read = own.get("cache_read", text / 2 if provider == "fireworks" else text)
    write = own.get("cache_write", text)
    return {
        "cache_read": read,
        "audio_cache_read": read,
        "cache_write": write,
        "cache_write_1h": write,
        **dict.fromkeys(("input", "audio_input", "image_input", "video_input"), text),
        **dict.fromkeys(("output", "reasoning", "audio_output", "image_output"), output),
        **own,
    }


def _batch_rates(batch: Rates, standard: Rates) -> Rates:
    """Of a model with a price for batches. All output but images counts as text."""
    text, output = batch["input"], batch["output"]
    read = batch.get("cache_read", standard.get("cache_read", text))
    write = batch.get("cache_write", text)
    return {
        "cache_read": read,
        "audio_cache_read": batch.get("cache_read", standard.get("audio_cache_read", read)),
        "cache_write": write,
        "cache_write_1h": write,
        **dict.fromkeys(("input", "audio_input", "image_input", "video_input"), text),
        "image_output": standard["image_output"] / 2 if "image_output" in standard else output,
        **batch,
        **dict.fromkeys(("reasoning", "audio_output"), output),
    }


def _halved_rates(standard: Rates) -> Rates:
    """Of a model without: half of the price of the smallest contexts, for classes of input the one of text."""
    text = standard.get("input", _FREE) / 2
    output = standard.get("output", _FREE) / 2
    read = standard.get("cache_read", _FREE) / 2
    write = standard.get("cache_write", 2 * text) / 2
    return {
        **standard,
        **dict.fromkeys(("input", "audio_input", "image_input", "video_input"), text),
        **dict.fromkeys(("cache_read", "audio_cache_read"), read),
        **dict.fromkeys(("cache_write", "cache_write_1h"), write),
        **dict.fromkeys(("output", "reasoning", "audio_output"), output),
        "image_output": standard["image_output"] / 2 if "image_output" in standard else output,
    }
