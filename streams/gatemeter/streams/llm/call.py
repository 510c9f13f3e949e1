"""One call to a language model, normalised: the same whichever gateway version or event format told of it."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Who answered; only `PROVIDER` is provider spend."""

    PROVIDER = "provider"
    """The provider was called and the client got a status below 400."""
    CACHE_HIT = "cache_hit"
    """A semantic or exact cache answered in the provider's place."""
    FAILED = "failed"
    """The client got a status of 400 and above."""
    UNKNOWN = "unknown"
    """The event gives no status: neither a success nor a failure, so neither spend nor free."""


class TokensEvidence(StrEnum):
    """How far the token counts can be relied on for a price."""

    REPORTED = "reported"
    """Counts that the provider gave."""
    ESTIMATED = "estimated"
    """Counts that the gateway estimated (streams without counts, fractions of a token)."""
    CONTEXT_UNKNOWN = "context_unknown"
    """Counts that the provider gave, of an answer alone: how large its context was another event tells."""
    MISSING = "missing"
    """No counts at all: the cost is unknown, not 0."""
    INCONSISTENT = "inconsistent"
    """Impossible sums, such as more cached than prompt tokens."""
    OTHER_MODALITY = "other_modality"
    """Images or video, which no price per text token is right for."""


class EmbeddingsEvidence(StrEnum):
    """Where `embeddings_tokens` come from."""

    NONE = ""
    """No embedding was made."""
    REPORTED = "reported"
    ESTIMATED = "estimated"
    """An embedding was made and none of its tokens logged: the prompt tokens stand for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmCall:
    """Texts are '' and numbers None where the event gives no value.

    Prompt, completion and total tokens are as logged. The classes (fresh input, cached, cache writes for minutes and
    for an hour, audio input; plain output, reasoning, audio output) are disjoint: `llm.token_classes`.

    `plugin_name` is the key under `ai` ('' for the flat shape of Kong 3.6). `calls` is 1, or 0 for an event that only
    completes another one's call. Latencies are in ms, the cost in yoctos (`contracts.money`); a logged cost of 0 with
    tokens is None.
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
    calls: int = 1
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    reasoning_tokens: int | None = None
    audio_input_tokens: int | None = None
    audio_output_tokens: int | None = None
    fresh_input_tokens: int = 0
    plain_output_tokens: int = 0
    context_above_tokens: int = 0
    embeddings_provider: str = ""
    embeddings_model: str = ""
    embeddings_tokens: int | None = None
    embeddings_evidence: EmbeddingsEvidence = EmbeddingsEvidence.NONE
    cost_reported_yoctos: int | None = None
    llm_latency_ms: float | None = None
    time_per_token_ms: float | None = None
    time_to_first_token_ms: float | None = None
    embeddings_latency_ms: float | None = None
    fetch_latency_ms: float | None = None
