"""What the semantic cache did about a call, and how it is logged."""

from dataclasses import dataclass
from typing import Any

from gatemeter.generator.rng import AiRng, Weighted

_EMBEDDERS = (("openai", "text-embedding-3-small"), ("mistral", "mistral-embed"))
_MEAN_FETCH_MS = 14
_MEAN_EMBEDDING_MS = 90


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """`status` is spelled as logged; a `semantic` lookup makes an embedding of the prompt first."""

    status: str
    semantic: bool = False

    @property
    def hits(self) -> bool:
        """The cache answers."""
        return self.status in {"Hit", "hit"}


NO_CACHE = CacheLookup("")

LOOKUPS = Weighted(
    (
        (NO_CACHE, 72),
        (CacheLookup("Miss", semantic=True), 10),
        (CacheLookup("Miss"), 3),
        (CacheLookup("Bypass"), 2),
        (CacheLookup("Refresh"), 2),
        (CacheLookup("Hit", semantic=True), 4),
        (CacheLookup("Hit"), 3),
        (CacheLookup("hit", semantic=True), 2),
        (CacheLookup("hit"), 2),
    )
)


def cache_value(lookup: CacheLookup, rng: AiRng) -> dict[str, Any]:
    """The `cache` of a call; empty without a cache."""
    if not lookup.status:
        return {}
    value: dict[str, Any] = {"cache_status": lookup.status}
    if lookup.hits:
        value["fetch_latency"] = 1 + rng.below(2 * _MEAN_FETCH_MS)
    if lookup.semantic:
        provider, model = _EMBEDDERS[rng.below(len(_EMBEDDERS))]
        latency_ms = 1 + rng.below(2 * _MEAN_EMBEDDING_MS)
        value |= {"embeddings_provider": provider, "embeddings_model": model, "embeddings_latency": latency_ms}
    return value
