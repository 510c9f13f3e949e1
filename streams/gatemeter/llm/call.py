"""One call to a language model, and the terms in which it is stored: the same for every gateway and format.

Usage is stored per key, so everything that a price can depend on must be in the key: names of providers, service tiers
and context thresholds are normalised here, before they get there.
"""

from bisect import bisect_left
from collections.abc import Mapping
from enum import StrEnum

import msgspec

CONTEXT_THRESHOLDS = (
    8_000,
    16_000,
    32_000,
    64_000,
    100_000,
    128_000,
    199_999,
    200_000,
    256_000,
    272_000,
    512_000,
    524_288,
    1_000_000,
)
"""Sizes of a context (input tokens) at which a price may change: those of the published prices and other usual ones.

A price book may use these and no others. Another list would be another rule of counting."""

UNSPECIFIED = "UNSPECIFIED"
"""What Kong logs for a plugin that names no provider or model."""


class Outcome(StrEnum):
    """Who answered a call; only the answers of a provider are spend."""

    PROVIDER = "provider"
    """The provider answered, and the client got a status below 400."""
    BLOCKED = "blocked"
    """The provider answered, and the client got an error: a guardrail, a transformer or a later upstream failed."""
    CACHE_HIT = "cache_hit"
    """A semantic or exact cache answered in the provider's place."""
    FAILED = "failed"
    """The client got an error, and the provider gave no answer that it bills."""
    UNKNOWN = "unknown"
    """The event does not tell whether the provider answered: neither spend nor free."""


ANSWERED = (Outcome.PROVIDER, Outcome.BLOCKED)
"""The outcomes that are spend for certain: it follows the provider, not the client's status."""

POSSIBLE_SPEND = (*ANSWERED, Outcome.UNKNOWN)
"""The outcomes whose costs are kept: those of answers out of a cache and of failed calls are no spend for certain."""


class TokensEvidence(StrEnum):
    """How far the token counts can be relied on for a price."""

    REPORTED = "reported"
    """Counts that the provider gave."""
    ESTIMATED = "estimated"
    """Counts that the gateway estimated (streams without counts, fractions of a token)."""
    CONTEXT_UNKNOWN = "context_unknown"
    """Counts that the provider gave, of an answer whose context only another event tells, or of several answers with
    contexts of different sizes.
    """
    MISSING = "missing"
    """No counts at all: the cost is unknown, not 0."""
    INCONSISTENT = "inconsistent"
    """Impossible sums, such as more cached than prompt tokens."""
    PROVIDER = "provider"
    """Counts of the provider's own answer, which the log holds."""
    AMBIGUOUS = "ambiguous"
    """Counts that may be read in several ways: what gateway and version logged them is not known."""


class EmbeddingsEvidence(StrEnum):
    """Where `embeddings_tokens` come from."""

    NONE = ""
    """No embedding was made."""
    REPORTED = "reported"
    ESTIMATED = "estimated"
    """An embedding was made and its tokens are not logged: the prompt tokens are the estimate."""


class LlmCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it is metered. Texts are '' and numbers None where the event gives no value.

    Prompt, completion and total tokens are as logged. `units` are the disjoint counts by the names in `schema.units`;
    a unit that the event does not tell is not in it. `modifiers` is what else decides about prices (`llm.modifiers`),
    `unknown_units` the names, joined by commas, of what is counted and has no unit, `counting_rule` the name of the
    rule that divided the tokens.

    `plugin_name` is the gateway's plugin that made the call, '' if it is not known. `calls` is 1, or 0 for an event
    that only completes the call of another event. Latencies are in ms, the cost in yoctos (`money`); a logged cost of 0
    with tokens is None.
    """

    outcome: Outcome
    tokens_evidence: TokensEvidence
    plugin_name: str = ""
    plugin_id: str = ""
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    cache_status: str = ""
    service_tier: str = ""
    modifiers: str = ""
    unknown_units: str = ""
    counting_rule: str = ""
    client_status: int | None = None
    provider_status: int | None = None
    calls: int = 1
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    units: Mapping[str, int] = {}
    context_above_tokens: int = 0
    embeddings_provider: str = ""
    embeddings_model: str = ""
    embeddings_tokens: int | None = None
    embeddings_evidence: EmbeddingsEvidence = EmbeddingsEvidence.NONE
    cost_reported_yoctos: int | None = None
    cost_reported_currency: str = ""
    llm_latency_ms: float | None = None
    time_per_token_ms: float | None = None
    time_to_first_token_ms: float | None = None
    embeddings_latency_ms: float | None = None
    fetch_latency_ms: float | None = None


def provider_name(logged: str) -> str:
    """The provider's name in lower case; `UNSPECIFIED` stays in capitals."""
    name = logged.lower()
    return UNSPECIFIED if name == UNSPECIFIED.lower() else name


def context_above(input_tokens: int) -> int:
    """The highest of `CONTEXT_THRESHOLDS` that `input_tokens` exceed, 0 if they exceed none."""
    place = bisect_left(CONTEXT_THRESHOLDS, input_tokens)
    return CONTEXT_THRESHOLDS[place - 1] if place else 0
