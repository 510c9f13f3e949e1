"""Why the counts of a metering event can be read in several ways.

Such an event names two or three counts, and neither the gateway's version nor a total that would prove a reading.
"""

import re
from collections.abc import Mapping
from typing import Any

from gatemeter.llm.counting_rules import CountedBy, counting, fewest_cached_tokens
from gatemeter.llm.provider_usage import usage_numbers
from gatemeter.llm.token_classes import token_classes
from gatemeter.llm.token_counts import TokenCounts
from gatemeter.llm.usage_fields import PART, usage_fields

_COUNTED = re.compile("token|search|audio|image|video|character|pages", re.IGNORECASE)
"""Names of what a provider bills. Events hold other numbers too, such as sizes and durations."""

_SHAPE = "openai-chat"


def has_other_counts(data: Mapping[str, Any], known: frozenset[str]) -> bool:
    """Whether `data` counts something above 0 beside its `known` fields: it may be a part of them or not."""
    found = usage_numbers({name: value for name, value in data.items() if name not in known})
    roles = usage_fields().roles
    counted = [path for path, number in found.numbers.items() if number and roles.get(path) != PART]
    return any(counts_something(path) for path in (*counted, *found.unusable))


def counts_something(path: str) -> bool:
    """Whether a number at `path` may be one that a provider bills."""
    return path in usage_fields().roles or _COUNTED.search(path) is not None


def are_ambiguous(prompt: int | None, completion: int | None, counted_by: CountedBy, *, is_half: bool) -> bool:
    """Whether these counts may hide others by the rule of whoever counted, or are not of text alone.

    No total shows what a rule leaves out: a cache beside the prompt, or thoughts beside the completion. Events of a
    gateway's plugin do not tell the cache at all, which is within a prompt of most providers. Beside an event about one
    half of a call (`is_half`) another one may tell the cache, and neither says whether the prompt holds it.
    """
    rule, media, has_completion = counting(counted_by, _SHAPE, cache_in_details=False)
    counts = TokenCounts(prompt=prompt, completion=completion, shape=_SHAPE)
    may_hide_cache = rule.cache == "unknown" or "without_cache" in rule.doubtful
    hides_cache = may_hide_cache and bool(prompt) and (prompt or 0) >= rule.cache_from_tokens
    is_long = (prompt or 0) >= fewest_cached_tokens()
    hides_cache |= (is_half or bool(counted_by.gateway)) and rule.cache == "included" and is_long and has_completion
    is_of_media = media is not None and media.output != "plain_output_tokens" and bool(completion)
    return hides_cache or is_of_media or token_classes(counts, rule, media).are_doubtful
