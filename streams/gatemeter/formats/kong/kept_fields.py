"""The fields of a Kong event that a dead letter keeps in clear: those that its reader reads.

Names of further members that the log serializer documents are kept, and their values are not.
"""

from gatemeter.events.masking import Kept, ListOf, identifier, model, name, never, number, text_shape, token

_ENTITY: Kept = {"id": identifier, "name": name}
_UPSTREAM_STATUSES = text_shape(r"[0-9 ,:-]{1,64}")

_USAGE: Kept = {
    "prompt_tokens": number,
    "prompt_token": number,
    "completion_tokens": number,
    "completion_token": number,
    "total_tokens": number,
    "time_per_token": number,
    "time_to_first_token": number,
    "cost": number,
    "service_tier": token,
}
_META: Kept = {
    "plugin_id": identifier,
    "provider_name": token,
    "request_model": model,
    "response_model": model,
    "request_mode": token,
    "llm_latency": number,
    "service_tier": token,
    "cost": number,
}
_EMBEDDINGS: dict[str, Kept] = {
    "embeddings_provider": token,
    "embeddings_model": model,
    "embeddings_tokens": number,
    "embeddings_latency": number,
}
_CACHE: Kept = {**_EMBEDDINGS, "cache_status": token, "fetch_latency": number}
_CALL: dict[str, Kept] = {
    "usage": _USAGE,
    "meta": _META,
    "cache": _CACHE,
    "rag-inject": _EMBEDDINGS,
    "payload": {"request": never, "response": never},
}
_PLUGINS = (
    "proxy",
    "ai-proxy",
    "ai-proxy-advanced",
    "ai-request-transformer",
    "ai-response-transformer",
    "ai-semantic-cache",
    "ai-llm-as-judge",
)
_AGENT_CALL: dict[str, Kept] = {
    "method": model,
    "latency": number,
    "response_body_size": number,
    "error": never,
    "params": never,
}
_AI: Kept = {
    **_CALL,
    **dict.fromkeys(_PLUGINS, _CALL),
    "mcp": {"mcp_session_id": never, "rpc": ListOf({**_AGENT_CALL, "tool_name": model})},
    "a2a": {"rpc": ListOf({**_AGENT_CALL, "task_state": token})},
}

KEPT_FIELDS: Kept = {
    "started_at": number,
    "request": {
        "id": identifier,
        "method": token,
        "size": number,
        **dict.fromkeys(("uri", "url", "headers", "querystring", "body", "tls"), never),
    },
    "response": {"status": number, "size": number, "headers": never, "body": never},
    "latencies": dict.fromkeys(("request", "proxy", "kong", "session", "receive"), number),
    "consumer": {"id": identifier, "username": name, "custom_id": name},
    "authenticated_entity": {"id": never, "consumer_id": identifier},
    "service": _ENTITY,
    "route": _ENTITY,
    "workspace": name,
    "workspaces": ListOf(_ENTITY),
    "source": token,
    "session": {"status": number, "received": number, "sent": number},
    "upstream": {"received": number, "sent": number},
    "upstream_status": lambda value: number(value) or _UPSTREAM_STATUSES(value),
    "ai": _AI,
    **dict.fromkeys(("client_ip", "upstream_uri", "tries"), never),
}
