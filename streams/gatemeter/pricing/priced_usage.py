"""Everything that a cost depends on, for one call or for one stored row.

A stored row sums calls that share all but their counts, so both are priced alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatemeter.llm.call import EmbeddingsEvidence, LlmCall
from gatemeter.schema.units import UNIT_NAMES, UNITS
from gatemeter.schema.usage import LLM_USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedUsage:
    """Counts, and what selects their price. Texts are '' and counts 0 where nothing is known.

    `hour_s` is the Unix second at which the hour begins, `consumers` are id, user name and custom id, and `counts` are
    in the order of `UNITS`. `outcome` and the evidences hold values of the enumerations in `llm.call`, `modifiers` and
    `unknown_units` what it says of them.
    """

    hour_s: int
    outcome: str
    tokens_evidence: str
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    service_tier: str = ""
    modifiers: str = ""
    unknown_units: str = ""
    context_above_tokens: int = 0
    consumers: tuple[str, ...] = ()
    calls: int = 1
    answers: int = 0
    counts: tuple[int, ...] = (0,) * len(UNITS)
    embeddings_provider: str = ""
    embeddings_model: str = ""
    embeddings_evidence: str = EmbeddingsEvidence.NONE.value
    embeddings_tokens: int = 0


def usage_of_call(call: LlmCall, hour_s: int, consumers: Sequence[str]) -> PricedUsage:
    """The usage of one call in the hour that begins at Unix second `hour_s`."""
    return PricedUsage(
        hour_s=hour_s,
        outcome=call.outcome.value,
        tokens_evidence=call.tokens_evidence.value,
        provider=call.provider,
        request_model=call.request_model,
        response_model=call.response_model,
        service_tier=call.service_tier,
        modifiers=call.modifiers,
        unknown_units=call.unknown_units,
        context_above_tokens=call.context_above_tokens,
        consumers=tuple(consumers),
        calls=call.calls,
        answers=1 - call.calls,
        counts=tuple(call.units.get(name, 0) for name in UNIT_NAMES),
        embeddings_provider=call.embeddings_provider,
        embeddings_model=call.embeddings_model,
        embeddings_evidence=call.embeddings_evidence.value,
        embeddings_tokens=call.embeddings_tokens or 0,
    )


_PLACES = {column.name: place for place, column in enumerate(LLM_USAGE.dimensions)}
_CONSUMER_PLACES = tuple(_PLACES[f"consumer_{name}"] for name in ("id", "username", "custom_id"))
_KEY_FIELDS = tuple(
    (name, _PLACES[name])
    for name in (
        "outcome",
        "tokens_evidence",
        "provider",
        "request_model",
        "response_model",
        "service_tier",
        "modifiers",
        "unknown_units",
        "context_above_tokens",
        "embeddings_provider",
        "embeddings_model",
        "embeddings_evidence",
    )
)


def usages_of_rows(keys: Sequence[tuple[Any, ...]], sums: Mapping[str, Sequence[int]]) -> Iterator[PricedUsage]:
    """The usage of each row. `keys` hold values of `LLM_USAGE.dimensions`, hours as Unix seconds; `sums` are
    columns by name.
    """
    counts = zip(*(sums[name] for name in UNIT_NAMES), strict=True)
    rows = zip(keys, sums["calls"], sums["answers"], sums["embeddings_tokens"], counts, strict=True)
    for key, calls, answers, embeddings_tokens, row_counts in rows:
        yield PricedUsage(
            hour_s=int(key[_PLACES["hour"]]),
            consumers=tuple(key[place] for place in _CONSUMER_PLACES),
            calls=int(calls),
            answers=int(answers),
            counts=tuple(map(int, row_counts)),  # costs outgrow the 64 bits of numpy's integers
            embeddings_tokens=int(embeddings_tokens),
            **{name: key[place] for name, place in _KEY_FIELDS},
        )
