"""The embedding a plugin made to look into a semantic cache, or to find texts to inject (RAG)."""

from dataclasses import dataclass

from gatemeter.streams.llm.call import EmbeddingsEvidence
from gatemeter.streams.llm.provider_name import provider_name
from gatemeter.streams.loose_json.fields import Fields
from gatemeter.streams.loose_json.numbers import rounded_count


@dataclass(frozen=True, slots=True)
class Embeddings:
    """As in `LlmCall`."""

    provider: str
    model: str
    tokens: int | None
    latency_ms: float | None
    evidence: EmbeddingsEvidence


_NO_EMBEDDINGS = Embeddings("", "", None, None, EmbeddingsEvidence.NONE)


def read_embeddings(cache: Fields, rag_inject: Fields, prompt_tokens: int | None) -> Embeddings:
    """From `cache` (3.8 and later), or from `rag-inject` (3.10 and later) if the cache's lookup made none."""
    of_cache = _read(cache, prompt_tokens)
    return _read(rag_inject, prompt_tokens) if of_cache.evidence is EmbeddingsEvidence.NONE else of_cache


def _read(fields: Fields, prompt_tokens: int | None) -> Embeddings:
    """Where an embedding was made and no tokens are logged, the prompt's stand for them, as in Kong's own formula."""
    if not fields.values:
        return _NO_EMBEDDINGS
    provider, model = provider_name(fields.text("embeddings_provider")), fields.text("embeddings_model")
    latency_ms = fields.latency_ms("embeddings_latency")
    logged = fields.token_number("embeddings_tokens")
    if logged is not None:
        tokens = rounded_count(logged)
        evidence = EmbeddingsEvidence.REPORTED if tokens == logged else EmbeddingsEvidence.ESTIMATED
        return Embeddings(provider, model, tokens, latency_ms, evidence)
    if provider or model or latency_ms is not None:
        return Embeddings(provider, model, prompt_tokens, latency_ms, EmbeddingsEvidence.ESTIMATED)
    return Embeddings(provider, model, None, latency_ms, EmbeddingsEvidence.NONE)
