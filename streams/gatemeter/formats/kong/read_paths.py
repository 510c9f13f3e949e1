"""What is read of a Kong event: of headers the three that tell about the answer, of model calls what is billed.

Bodies of model calls (`ai.*.payload`) are cut to what is billed in them, texts of errors to their class.
"""

from gatemeter.formats.kong.agent_errors import slim_error
from gatemeter.formats.kong.payload_paths import slim_request
from gatemeter.lenient.read_paths import (
    Entries,
    Members,
    Node,
    members,
    object_only,
    path_without_query,
    presence,
    truth,
    value,
    whole,
)
from gatemeter.llm.modifiers import TOLD_BY
from gatemeter.llm.payload_paths import counts, slim_answer

_ENTITY = members("id", "name")
_GUARD: dict[str, Node] = dict.fromkeys(("input_block_reason", "output_block_reason"), truth)
_EMBEDDINGS = ("embeddings_provider", "embeddings_model", "embeddings_tokens", "embeddings_latency")
_TARGETS = Entries(Members({"host": value, "upstream_uri": path_without_query}), last=True)
_META = (
    *("plugin_id", "provider_name", "request_model", "response_model", "request_mode", "llm_latency", "cost"),
    *("azure_instance_id", "azure_deployment_id", "azure_api_version"),
)
_CALL: dict[str, Node] = {
    "usage": counts,
    "meta": Members({**dict.fromkeys(_META, value), **TOLD_BY, **_GUARD}),
    "cache": members(*_EMBEDDINGS, "cache_status", "fetch_latency", **_GUARD),
    "rag-inject": members(*_EMBEDDINGS, **_GUARD),
    "payload": members(request=slim_request, response=slim_answer, **_GUARD),
    "tried_targets": _TARGETS,
}
_AGENT_CALL: dict[str, Node] = {
    **dict.fromkeys(("method", "tool_name", "task_state", "latency", "response_body_size"), value),
    "error": slim_error,
}


_GUARDS = object_only(Members(_GUARD))
_INNER_CALL = object_only(Members({**_CALL, **_GUARD}, others=lambda _: _GUARDS))
_PLUGIN = object_only(Members({**_CALL, **_GUARD}, others=lambda _: _INNER_CALL))
AI = Members(
    {
        **_CALL,
        "mcp": Members({"mcp_session_id": value, "rpc": Entries(Members(_AGENT_CALL)), **_GUARD}),
        "a2a": Members({"rpc": Entries(Members(_AGENT_CALL)), **_GUARD}),
    },
    others=lambda _: _PLUGIN,
)

HEADERS = Members(dict.fromkeys(("via", "server", "content-type"), whole))

READ_PATHS = members(
    *("started_at", "workspace", "source", "tries"),
    status=presence,
    upstream_status=whole,
    request=members("id", "method", "size"),
    response=members("status", "size", headers=HEADERS),
    latencies=members("request", "proxy", "kong", "session"),
    consumer=members("id", "username", "custom_id"),
    authenticated_entity=members("id", "consumer_id"),
    service=_ENTITY,
    route=_ENTITY,
    workspaces=Entries(_ENTITY),
    session=members("status", "received", "sent"),
    upstream=members("received", "sent"),
    ai=AI,
)
