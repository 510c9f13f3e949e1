"""The embedding a plugin made to look into a semantic cache, or to find texts to inject (RAG)."""

from dataclasses import dataclass, replace

from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import rounded_count
from gatemeter.llm.call import EmbeddingsEvidence, provider_name


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The embedding of a call, in the terms of `LlmCall`."""

    provider: str
    model: str
    tokens: int | None
    latency_ms: float | None
    evidence: EmbeddingsEvidence


_NO_EMBEDDINGS = Embeddings("", "", None, None, EmbeddingsEvidence.NONE)


def read_embeddings(cache: Fields, rag_inject: Fields, prompt_tokens: int | None) -> Embeddings:
    """The embedding that `cache` (3.8 and later) and `rag-inject` (3.10 and later) log.

    If both made one with the same model, their tokens are added. A call has room for one model: of two embeddings the
    one with logged tokens is kept, and the other is ignored.
    """
    of_cache, of_rag = _read(cache, prompt_tokens), _read(rag_inject, prompt_tokens)
    if of_rag.evidence is EmbeddingsEvidence.NONE:
        return of_cache
    if of_cache.evidence is EmbeddingsEvidence.NONE:
        return of_rag
    if (of_cache.provider, of_cache.model) == (of_rag.provider, of_rag.model):
        return _together(of_cache, of_rag)
    if of_cache.evidence is EmbeddingsEvidence.ESTIMATED and of_rag.evidence is EmbeddingsEvidence.REPORTED:
        cache.ignore("embeddings_model")
        return of_rag
    rag_inject.ignore("embeddings_model")
    return of_cache


def _together(one: Embeddings, other: Embeddings) -> Embeddings:
    are_reported = one.evidence is other.evidence is EmbeddingsEvidence.REPORTED
    known = [tokens for tokens in (one.tokens, other.tokens) if tokens is not None]
    evidence = EmbeddingsEvidence.REPORTED if are_reported else EmbeddingsEvidence.ESTIMATED
    return replace(one, tokens=sum(known) if known else None, evidence=evidence)


def _read(fields: Fields, prompt_tokens: int | None) -> Embeddings:
    """If an embedding was made and its tokens are not logged, the prompt tokens are the estimate, as in Kong."""
    if not fields.values:
        return _NO_EMBEDDINGS
    provider, model = provider_name(fields.label("embeddings_provider")), fields.label("embeddings_model")
    latency_ms = fields.latency_ms("embeddings_latency")
    logged = fields.token_number("embeddings_tokens")
    if logged is not None:
        tokens = rounded_count(logged)
        evidence = EmbeddingsEvidence.REPORTED if tokens == logged else EmbeddingsEvidence.ESTIMATED
        return Embeddings(provider, model, tokens, latency_ms, evidence)
    if provider or model or latency_ms is not None:
        return Embeddings(provider, model, prompt_tokens, latency_ms, EmbeddingsEvidence.ESTIMATED)
    return Embeddings(provider, model, None, latency_ms, EmbeddingsEvidence.NONE)
