"""What other AI plugins write beside a model call: numbers and texts of their own, none of which is a call."""

from typing import Any

import msgspec

from gatemeter.generator.ai.dialect import Dialect
from gatemeter.generator.ai.facts import LlmCallFacts
from gatemeter.generator.rng import AiRng, Weighted

_PAYLOAD_SHARE = 0.12
_TRIED_TARGETS_SHARE = 0.6

# What a person wrote is in the log for others to keep out.
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


def gateway_notes(rng: AiRng) -> dict[str, Any]:
    """Members of `ai` itself."""
    name, value = rng.one_of(_BESIDE_PLUGINS)
    return {name: value} if name else {}


def proxy_notes(dialect: Dialect, call: LlmCallFacts, rng: AiRng) -> dict[str, Any]:
    """Members of the proxy plugin's object (of `ai` where there is none)."""
    notes: dict[str, Any] = {}
    if rng.happens(_PAYLOAD_SHARE):
        notes["payload"] = _PAYLOAD
    if not dialect.details:
        return notes
    name, value = rng.one_of(_INSIDE_PROXY)
    if name:
        notes[name] = value
    if rng.happens(_TRIED_TARGETS_SHARE):
        notes["tried_targets"] = [_target(call)]
    return notes


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
