"""What holds for usage objects of every shape.

A call is made up of disjoint units, and every provider writes it down its own way. Reading must give the units back.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.lenient.fields import Fields
from gatemeter.llm import token_classes
from gatemeter.llm.call import TokensEvidence
from gatemeter.llm.counting_rules import CountedBy, Version, counting, parse_version
from gatemeter.llm.payload_usage import read_payload
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.token_counts import TokenCounts
from gatemeter.llm.usage_fields import usage_fields
from gatemeter.llm.used_tokens import UsedTokens, used_tokens
from gatemeter.schema.units import UNITS, UnitKind

Usage = dict[str, Any]
Units = dict[str, int]

INPUT = {unit.name for unit in UNITS if unit.kind is UnitKind.INPUT_TOKENS}
OUTPUT = {unit.name for unit in UNITS if unit.kind is UnitKind.OUTPUT_TOKENS} - {"citation_tokens"}
NEW, OLD = parse_version("3.15.0.4"), parse_version("3.11.0.3")


def used(usage: Usage, provider: str, *, version: Version = (), answer: Usage | None = None) -> UsedTokens:
    logged = read_usage(Fields(usage, "usage", []))
    payload = None if answer is None else read_payload({"id": "x", "usage": answer}, provider)
    counted_by = CountedBy("kong", version, provider, "a-model")
    return used_tokens(logged, payload, counted_by=counted_by, is_stream=False)


def total(units: Units, *names: str) -> int:
    return sum(units[name] for name in names)


def openai_chat(units: Units) -> Usage:
    prompt, completion = total(units, *INPUT & units.keys()), total(units, *OUTPUT & units.keys())
    cached = total(units, "cached_tokens", "cached_audio_tokens")
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {
            "cached_tokens": cached,
            "cached_tokens_details": {
                "text_tokens": units["cached_tokens"],
                "audio_tokens": units["cached_audio_tokens"],
            },
            "audio_tokens": total(units, "audio_input_tokens", "cached_audio_tokens"),
        },
        "completion_tokens_details": {
            "reasoning_tokens": units["reasoning_tokens"],
            "audio_tokens": units["audio_output_tokens"],
        },
    }


def openai_responses(units: Units) -> Usage:
    chat = openai_chat(units)
    return {
        "input_tokens": chat["prompt_tokens"],
        "output_tokens": chat["completion_tokens"],
        "total_tokens": chat["total_tokens"],
        "input_tokens_details": chat["prompt_tokens_details"],
        "output_tokens_details": chat["completion_tokens_details"],
    }


def anthropic(units: Units) -> Usage:
    return {
        "input_tokens": units["fresh_input_tokens"],
        "output_tokens": total(units, "plain_output_tokens", "reasoning_tokens"),
        "output_tokens_details": {"thinking_tokens": units["reasoning_tokens"]},
        "cache_read_input_tokens": units["cached_tokens"],
        "cache_creation_input_tokens": total(units, "cache_write_tokens", "cache_write_1h_tokens"),
        "cache_creation": {
            "ephemeral_5m_input_tokens": units["cache_write_tokens"],
            "ephemeral_1h_input_tokens": units["cache_write_1h_tokens"],
        },
    }


def bedrock(units: Units) -> Usage:
    write = total(units, "cache_write_tokens", "cache_write_1h_tokens")
    return {
        "inputTokens": units["fresh_input_tokens"],
        "outputTokens": units["plain_output_tokens"],
        "totalTokens": total(units, "fresh_input_tokens", "plain_output_tokens", "cached_tokens") + write,
        "cacheReadInputTokens": units["cached_tokens"],
        "cacheWriteInputTokens": write,
        "cacheDetails": [
            {"ttl": "5m", "inputTokens": units["cache_write_tokens"]},
            {"ttl": "1h", "inputTokens": units["cache_write_1h_tokens"]},
        ],
    }


def gemini(units: Units) -> Usage:
    prompt = total(units, *INPUT & units.keys())
    answer = total(units, "plain_output_tokens", "audio_output_tokens")
    return {
        "promptTokenCount": prompt,
        "candidatesTokenCount": answer,
        "thoughtsTokenCount": units["reasoning_tokens"],
        "totalTokenCount": prompt + answer + units["reasoning_tokens"],
        "cachedContentTokenCount": total(units, "cached_tokens", "cached_audio_tokens"),
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": total(units, "fresh_input_tokens", "cached_tokens")},
            {"modality": "AUDIO", "tokenCount": total(units, "audio_input_tokens", "cached_audio_tokens")},
        ],
        "cacheTokensDetails": [
            {"modality": "TEXT", "tokenCount": units["cached_tokens"]},
            {"modality": "AUDIO", "tokenCount": units["cached_audio_tokens"]},
        ],
        "candidatesTokensDetails": [
            {"modality": "TEXT", "tokenCount": units["plain_output_tokens"]},
            {"modality": "AUDIO", "tokenCount": units["audio_output_tokens"]},
        ],
    }


def kong_anthropic(units: Units) -> Usage:
    """Kong since 3.14.0.13 and 3.15.0.4."""
    prompt, completion = total(units, *INPUT & units.keys()), total(units, "plain_output_tokens", "reasoning_tokens")
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {
            "cached_tokens": units["cached_tokens"],
            "cache_creation_tokens": total(units, "cache_write_tokens", "cache_write_1h_tokens"),
            "cache_creation_token_details": {
                "ephemeral_5m_input_tokens": units["cache_write_tokens"],
                "ephemeral_1h_input_tokens": units["cache_write_1h_tokens"],
            },
        },
        "completion_tokens_details": {"reasoning_tokens": units["reasoning_tokens"]},
    }


def litellm(units: Units) -> Usage:
    """Every count in several spellings."""
    usage = kong_anthropic(units)
    details = usage["prompt_tokens_details"]
    return {
        **usage,
        "cache_read_input_tokens": details["cached_tokens"],
        "cache_creation_input_tokens": details["cache_creation_tokens"],
        "cached_tokens": details["cached_tokens"],
        "reasoning_tokens": units["reasoning_tokens"],
    }


TEXT = ("fresh_input_tokens", "plain_output_tokens", "cached_tokens")
WRITES = ("cache_write_tokens", "cache_write_1h_tokens")
AUDIO = ("audio_input_tokens", "cached_audio_tokens", "audio_output_tokens")
THOUGHT = ("reasoning_tokens",)
SHAPES: tuple[tuple[Callable[[Units], Usage], str, tuple[str, ...]], ...] = (
    (openai_chat, "openai", (*TEXT, *AUDIO, *THOUGHT)),
    (openai_responses, "openai", (*TEXT, *AUDIO, *THOUGHT)),
    (anthropic, "anthropic", (*TEXT, *WRITES, *THOUGHT)),
    (bedrock, "bedrock", (*TEXT, *WRITES)),
    (gemini, "gemini", (*TEXT, *AUDIO, *THOUGHT)),
    (kong_anthropic, "anthropic", (*TEXT, *WRITES, *THOUGHT)),
    (litellm, "openai", (*TEXT, *WRITES, *THOUGHT)),
)
BY_SHAPE = pytest.mark.parametrize(("write", "provider", "names"), SHAPES, ids=[each[0].__name__ for each in SHAPES])
COUNTS = st.one_of(st.just(0), st.integers(1, 300_000))


def some_units(data: st.DataObject, names: tuple[str, ...]) -> Units:
    units = {name: data.draw(COUNTS, name) for name in names}
    return units | {name: units[name] + 1 for name in ("fresh_input_tokens", "plain_output_tokens")}


@BY_SHAPE
@given(data=st.data())
def test_every_shape_gives_the_units_back(
    write: Callable[[Units], Usage], provider: str, names: tuple[str, ...], data: st.DataObject
) -> None:
    units = some_units(data, names)
    found = used(write(units), provider, version=NEW)
    assert {name: count for name, count in found.units.items() if count} == {
        name: count for name, count in units.items() if count
    }
    assert (found.unknown, found.evidence) == ((), TokensEvidence.REPORTED)
    assert found.context_tokens == total(units, *INPUT & units.keys())


KNOWN_PATHS = sorted(usage_fields().roles)


def nested(numbers: Mapping[str, Any]) -> Usage:
    """The object with these numbers by dotted path."""
    usage: Usage = {}
    for path, number in numbers.items():
        *parents, name = path.split(".")
        place = usage
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                break
        else:
            place.setdefault(name, number)
    return usage


ANY_USAGE = st.dictionaries(st.sampled_from(KNOWN_PATHS), st.integers(0, 1000), max_size=12).map(nested)
PROVIDERS = st.sampled_from(["openai", "anthropic", "bedrock", "gemini", "xai", "perplexity", "cohere", "new"])
VERSIONS = st.sampled_from([(), OLD, NEW])


@given(ANY_USAGE, PROVIDERS, VERSIONS)
def test_units_are_disjoint_and_add_up(usage: Usage, provider: str, version: Version) -> None:
    found = used(usage, provider, version=version)
    assert all(count >= 0 for count in found.units.values())
    if found.evidence in (TokensEvidence.INCONSISTENT, TokensEvidence.MISSING):
        return
    assert sum(count for name, count in found.units.items() if name in INPUT) == found.context_tokens
    answer = sum(count for name, count in found.units.items() if name in OUTPUT)
    assert answer in (found.completion or 0, (found.completion or 0) + found.units.get("reasoning_tokens", 0))


def leaves(usage: Usage, prefix: str = "") -> Iterator[str]:
    for name, value in usage.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name


@given(ANY_USAGE, st.sampled_from(["", "prompt_tokens_details.", "cost.", "iterations.new."]), st.integers(1, 10**13))
def test_no_count_that_is_not_known_is_ignored(usage: Usage, place: str, count: int) -> None:
    name = place + "count_of_tomorrow"
    usage.pop(name.split(".", maxsplit=1)[0], None)
    known = used(usage, "openai").unknown
    found = used({**usage, **nested({name: count})}, "openai").unknown
    is_free = place == "cost."
    assert (name in found) is not is_free
    # A field of Anthropic's makes it Anthropic's object, whose cache may explain a larger total.
    assert is_free or set(known) - {"total_tokens"} < set(found)


STRENGTH = (
    (TokensEvidence.PROVIDER,),
    (TokensEvidence.REPORTED,),
    (TokensEvidence.ESTIMATED, TokensEvidence.AMBIGUOUS),
    (TokensEvidence.MISSING, TokensEvidence.INCONSISTENT),
)


def weakness(found: UsedTokens) -> int:
    return next(place for place, evidences in enumerate(STRENGTH) if found.evidence in evidences)


def without(usage: Usage, path: str) -> Usage:
    name, _, rest = path.partition(".")
    return {
        key: without(value, rest) if key == name and rest else value
        for key, value in usage.items()
        if key != name or rest
    }


@BY_SHAPE
@given(data=st.data())
def test_hiding_something_never_makes_evidence_better(
    write: Callable[[Units], Usage], provider: str, names: tuple[str, ...], data: st.DataObject
) -> None:
    """Fields of the object, the version, the provider's answer."""
    units = some_units(data, names)
    whole, answer = write(units), {"anthropic": anthropic, "gemini": gemini}.get(provider)
    own = None if answer is None else answer({**dict.fromkeys((*AUDIO, *WRITES, *THOUGHT, *TEXT), 0), **units})
    version = data.draw(VERSIONS, "version")
    usage = whole
    for path in data.draw(st.lists(st.sampled_from(sorted(leaves(whole))), max_size=4, unique=True), "hidden"):
        usage = without(usage, path)
    hidden = weakness(used(usage, provider, version=version))
    assert hidden >= weakness(used(whole, provider, version=version))
    assert hidden <= weakness(used(usage, provider))
    assert hidden >= weakness(used(usage, provider, version=version, answer=own))


SMALL_COUNTS = st.one_of(st.none(), st.integers(0, 4), st.sampled_from([1023, 1024, 1100]))
TEXT_COUNTS = st.builds(
    TokenCounts,
    **dict.fromkeys(("prompt", "completion", "total", "cached", "cache_write", "reasoning"), SMALL_COUNTS),
    shape=st.sampled_from(["openai-chat", "anthropic", "gemini"]),
)


@given(TEXT_COUNTS, PROVIDERS, st.sampled_from(["", "kong"]), st.sampled_from([(), (3, 9, 0, 0), OLD, NEW]))
def test_counts_of_text_are_read_quickly_as_they_are_read_thoroughly(
    counts: TokenCounts, provider: str, gateway: str, version: Version
) -> None:
    rule = counting(CountedBy(gateway, version, provider, "m"), counts.shape, cache_in_details=False).rule
    quickly = token_classes.token_classes(counts, rule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_classes, "_classes_of_text", lambda _counts, _rule: None)
        assert token_classes.token_classes(counts, rule) == quickly
