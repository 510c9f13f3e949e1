"""What is logged of a model call beside its tokens: the answer cache, and numbers and texts of other AI plugins.

The members of other plugins are not calls, and a meter has to keep them out.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from gatemeter.generator.ai.dialect import Dialect
from gatemeter.generator.facts import LlmCallFacts
from gatemeter.generator.rng import AiRng, Weighted

_EMBEDDERS = (("openai", "text-embedding-3-small"), ("mistral", "mistral-embed"))
_MEAN_FETCH_MS = 14
_MEAN_EMBEDDING_MS = 90
_PAYLOAD_SHARE = 0.12
_TRIED_TARGETS_SHARE = 0.6

# What a person wrote is in the log so that tests can prove that it never reaches storage.
_PAYLOAD = msgspec.Raw(
    rb'{"request":"{\"messages\":[{\"role\":\"user\",\"content\":\"Where is order 17 of Erika M.?\"}]}",'
    rb'"response":"{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"On its way.\"}}]}"}'
)
_UNTEMPLATED = msgspec.Raw(rb'{"original_request":"{\"messages\":\"{template://order-status}\"}"}')
_SANITIZER = msgspec.Raw(
    b'{"pii_identified":1,"pii_sanitized":1,"duration":31,'
    b'"sanitized_items":[{"entity_type":"PERSON","original":"Erika M.","sanitized":"PLACEHOLDER1"}]}'
)
_COMPRESSOR = msgspec.Raw(
    b'{"original_token_count":845,"compress_token_count":485,"save_token_count":360,"compress_value":0.5,'
    b'"compress_type":"rate","compressor_model":"llmlingua-2","msg_id":1,"information":"Compression was performed"}'
)
_RAG = msgspec.Raw(
    b'{"vector_db":"redis","injected":true,"fetch_latency":12,"chunk_ids":["c-17","c-4"],"embeddings_latency":71,'
    b'"embeddings_tokens":23,"embeddings_provider":"openai","embeddings_model":"text-embedding-3-small"}'
)
_GUARD = msgspec.Raw(
    b'{"mode":"BOTH","input_processing_latency":41,"output_processing_latency":38,"input_block_reason":"",'
    b'"output_block_reason":"","guards_triggered_count":0}'
)
_AUDIT = msgspec.Raw(b'{"azure_content_safety":{"Hate":"High"}}')

_NONE: tuple[str, msgspec.Raw] = ("", msgspec.Raw(b""))
_BESIDE_PLUGINS = Weighted(
    (
        (_NONE, 84),
        (("sanitizer", _SANITIZER), 4),
        (("compressor", _COMPRESSOR), 4),
        (("audit", _AUDIT), 4),
        (("payload", _UNTEMPLATED), 4),
    )
)
_INSIDE_PROXY = Weighted(((_NONE, 88), (("rag-inject", _RAG), 6), (("lakera-guard", _GUARD), 6)))


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """What the cache did: `status` is spelled as logged; a `semantic` lookup first makes an embedding of the prompt."""

    status: str
    semantic: bool = False

    @property
    def hits(self) -> bool:
        """Whether the cache answers."""
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
    """The `cache` object of a call; empty where there is no cache."""
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


def gateway_members(rng: AiRng) -> dict[str, Any]:
    """Members of the `ai` object itself; empty for most requests."""
    name, value = rng.one_of(_BESIDE_PLUGINS)
    return {name: value} if name else {}


def proxy_members(dialect: Dialect, call: LlmCallFacts, rng: AiRng) -> dict[str, Any]:
    """Members of the proxy plugin's object, or of `ai` where a gateway version has no such object."""
    members: dict[str, Any] = {}
    if rng.happens(_PAYLOAD_SHARE):
        members["payload"] = _PAYLOAD
    if not dialect.details:
        return members
    name, value = rng.one_of(_INSIDE_PROXY)
    if name:
        members[name] = value
    if rng.happens(_TRIED_TARGETS_SHARE):
        members["tried_targets"] = [_target(call)]
    return members


def _target(call: LlmCallFacts) -> dict[str, Any]:
    return {
        "provider": call.provider,
        "model": call.request_model,
        "host": f"api.{call.provider}.test",
        "ip": "192.0.2.10",
        "port": 443,
        "upstream_scheme": "https",
        "upstream_uri": "/v1/chat/completions",
        "route_type": "llm/v1/chat",
    }
