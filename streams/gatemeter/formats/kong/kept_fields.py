"""The fields of a Kong event that a dead letter keeps in clear: those that its reader reads.

Names of further members that the log serializer documents are kept, and their values are not. What operators and
clients name (consumers, services, routes, models, tools) may be a key: only a hash of it is kept.
"""

from gatemeter.events.masking import Kept, ListOf, Shape
from gatemeter.events.shapes import (
    cache_status,
    given_id,
    hashed,
    http_method,
    never,
    number,
    provider,
    status,
    text_shape,
    word_of,
)

_ENTITY: Kept = {"id": given_id, "name": hashed}
_STATUSES = text_shape(r"(?:[0-9]{3}|-)(?:(?:, ?| : )(?:[0-9]{3}|-)){0,9}")
_TIERS = word_of("auto", "default", "standard", "flex", "priority", "batch", "scale", "provisioned", "on_demand")
_MODES = word_of("oneshot", "stream", "realtime", "async", "batch")
_MCP_METHODS = word_of(
    *("initialize", "ping", "notifications/initialized", "notifications/cancelled", "tools/list", "tools/call"),
    *("resources/list", "resources/templates/list", "resources/read", "resources/subscribe", "resources/unsubscribe"),
    *("prompts/list", "prompts/get", "completion/complete", "logging/setlevel", "sampling/createmessage"),
    *("roots/list", "elicitation/create"),
)
_A2A_METHODS = word_of(
    *("message/send", "message/stream", "tasks/get", "tasks/list", "tasks/cancel", "tasks/resubscribe"),
    *("sendmessage", "sendstreamingmessage", "gettask", "listtasks", "canceltask", "subscribetotask"),
)
_TASK_STATES = word_of(
    *("submitted", "working", "input-required", "auth-required", "completed", "canceled", "failed", "rejected"),
    *("unknown", "unspecified"),
)

_USAGE: Kept = {
    "prompt_tokens": number,
    "prompt_token": number,
    "completion_tokens": number,
    "completion_token": number,
    "total_tokens": number,
    "time_per_token": number,
    "time_to_first_token": number,
    "cost": number,
    "service_tier": _TIERS,
}
_META: Kept = {
    "plugin_id": given_id,
    "provider_name": provider,
    "request_model": hashed,
    "response_model": hashed,
    "request_mode": _MODES,
    "llm_latency": number,
    "service_tier": _TIERS,
    "cost": number,
}
_EMBEDDINGS: dict[str, Kept] = {
    "embeddings_provider": provider,
    "embeddings_model": hashed,
    "embeddings_tokens": number,
    "embeddings_latency": number,
}
_CACHE: Kept = {**_EMBEDDINGS, "cache_status": cache_status, "fetch_latency": number}
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
    "latency": number,
    "response_body_size": number,
    "error": never,
    "params": never,
}
_AI: Kept = {
    **_CALL,
    **dict.fromkeys(_PLUGINS, _CALL),
    "mcp": {
        "mcp_session_id": never,
        "rpc": ListOf({**_AGENT_CALL, "method": _MCP_METHODS.or_hash(), "tool_name": hashed}),
    },
    "a2a": {"rpc": ListOf({**_AGENT_CALL, "method": _A2A_METHODS.or_hash(), "task_state": _TASK_STATES})},
}

KEPT_FIELDS: Kept = {
    "started_at": number,
    "request": {
        "id": hashed,
        "method": http_method,
        "size": number,
        **dict.fromkeys(("uri", "url", "headers", "querystring", "body", "tls"), never),
    },
    "response": {"status": status, "size": number, "headers": never, "body": never},
    "latencies": dict.fromkeys(("request", "proxy", "kong", "session", "receive"), number),
    "consumer": {"id": given_id, "username": hashed, "custom_id": hashed},
    "authenticated_entity": {"id": hashed, "consumer_id": given_id},
    "service": _ENTITY,
    "route": _ENTITY,
    "workspace": hashed,
    "workspaces": ListOf(_ENTITY),
    "source": word_of("upstream", "service", "kong", "exit", "error"),
    "session": {"status": status, "received": number, "sent": number},
    "upstream": {"received": number, "sent": number},
    "upstream_status": Shape(lambda value: status.is_harmless(value) or _STATUSES.is_harmless(value)),
    "ai": _AI,
    **dict.fromkeys(("client_ip", "upstream_uri", "tries"), never),
}
