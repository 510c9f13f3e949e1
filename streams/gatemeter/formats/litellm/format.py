"""The format of LiteLLM's StandardLoggingPayload, as its callback `generic_api` posts it: an object or an array.

Fields follow docs.litellm.ai/docs/proxy/logging_spec and litellm/types/utils.py, tried with 1.110.2. Messages, what
answers say, addresses of callers and the errors' texts are never read.

A request may name its own `litellm_call_id` in the header `x-litellm-call-id`, and each try of a call has the same one.
So the identity has the times of the call too, which nobody chooses: in microseconds, and equal where a payload is sent
again.
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.masking import Kept
from gatemeter.events.shapes import hashed, never, number, provider, status, word_of
from gatemeter.formats.format import JsonFormat, Taken
from gatemeter.formats.http_intake import HttpIntake
from gatemeter.formats.litellm.batch import of_batch
from gatemeter.formats.litellm.call_types import CallKind, call_kind
from gatemeter.formats.litellm.model_call import has_usage, read_model_call
from gatemeter.formats.litellm.read_paths import READ_PATHS
from gatemeter.formats.litellm.times import duration_ms, started_at_ms
from gatemeter.formats.litellm.tool_call import read_tool_call
from gatemeter.formats.slimming.further_paths import keeping
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import exact_number
from gatemeter.llm.call import TokensEvidence

_SUCCESS, _UNAUTHORIZED = 200, 401
_ERRORS = range(400, 600)
_STORED = {CallKind.BATCH: "batch", CallKind.STORED_ANSWER: "response"}
_OF_A_PAYLOAD = frozenset({"call_type", "response_cost"})


def read(document: Any, _: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`: the request to the proxy, with its call to a model or tool.

    Raises RejectedEvent: request_id_missing, started_at_missing, started_at_invalid.
    """
    payload = Fields(document, "", ignored_fields)
    metadata, error = payload.object("metadata"), payload.object("error_information")
    client_status = _status(payload, error)
    kind, tool_call = call_kind(payload.text("call_type")), read_tool_call(payload, metadata, client_status)
    tells_stored = kind in _STORED and has_usage(payload)
    is_of_model = tool_call is None and (kind is CallKind.MODEL or tells_stored)
    call = read_model_call(payload, metadata, error, client_status) if is_of_model else None
    if call is not None and kind is CallKind.BATCH:
        call = of_batch(call, metadata)
    if call is not None and kind is CallKind.STORED_ANSWER and not _is_of_background(payload):
        call = structs.replace(call, tokens_evidence=TokensEvidence.AMBIGUOUS)
    # Whoever is refused has only claimed a key and a user; a provider that refuses the proxy's own key is named.
    is_refused = client_status == _UNAUTHORIZED and not error.text("llm_provider")
    return AccessEvent(
        kind=EventKind.HTTP,
        event_id=_stored_id(payload, _STORED[kind]) if tells_stored else _event_id(payload),
        started_at_ms=started_at_ms(payload),
        consumer=Consumer() if is_refused else _consumer(payload, metadata),
        service=Entity(name=payload.text("model_group") or payload.text("model")),
        route=Entity(name=metadata.text("user_api_key_request_route") or payload.text("call_type")),
        team=metadata.text("user_api_key_team_id", "team_id", "user_api_key_team_alias", "team_alias"),
        organisation=metadata.text("user_api_key_org_id", "user_api_key_org_alias"),
        status=client_status,
        latency_request_ms=duration_ms(payload, "startTime", "endTime"),
        latency_gateway_ms=payload.object("hidden_params").latency_ms("litellm_overhead_time_ms"),
        llm_calls=[] if call is None else [call],
        agent_calls=[] if tool_call is None else [tool_call],
    )


def is_payload(document: object) -> bool:
    """Whether a JSON value is a StandardLoggingPayload; early versions have no call id."""
    if not isinstance(document, Mapping) or "startTime" not in document:
        return False
    return "litellm_call_id" in document or document.keys() >= _OF_A_PAYLOAD


def _event_id(payload: Fields) -> str:
    own_id = payload.text("litellm_call_id") or payload.text("id")
    if not own_id:
        raise RejectedEvent("request_id_missing", "neither litellm_call_id nor id")
    return f"{own_id}@{payload.values.get('startTime')}..{payload.values.get('endTime')}"


def _stored_id(payload: Fields, what: str) -> str:
    """Each look at what is finished tells its tokens again, under its own id; looks before tell none."""
    own_id = payload.text("id")
    return f"{what} {own_id}" if own_id else _event_id(payload)


def _is_of_background(payload: Fields) -> bool:
    """Whether a stored answer was made in the background, so that the call which asked for it told no tokens."""
    answer = payload.values.get("response")
    return isinstance(answer, dict) and answer.get("background") is True


def _status(payload: Fields, error: Fields) -> int | None:
    """200 for a success, the code of the error for a failure; None where there is none."""
    if payload.text("status").lower() == "success":
        return _SUCCESS
    number = exact_number(error.values.get("error_code"))
    return int(number) if number is not None and number in _ERRORS else None


def _consumer(payload: Fields, metadata: Fields) -> Consumer:
    """The key that called, its alias, and the user whom the caller named.

    The hash of the key is LiteLLM's own. What the caller names is not proven, so it comes last.
    """
    return Consumer(
        id=metadata.text("user_api_key_hash"),
        username=metadata.text("user_api_key_alias", "user_api_key_user_id"),
        custom_id=payload.text("end_user") or metadata.text("user_api_key_end_user_id"),
    )


_KEPT_METADATA: Kept = {
    **dict.fromkeys(("user_api_key_hash", "user_api_key_alias", "user_api_key_user_id"), hashed),
    **dict.fromkeys(("user_api_key_team_id", "user_api_key_team_alias", "user_api_key_org_id"), hashed),
    "usage_object": dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), number),
}
_KEPT: Kept = {
    **dict.fromkeys(("startTime", "endTime", "completionStartTime", "response_time"), number),
    **dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens", "response_cost"), number),
    **dict.fromkeys(("litellm_call_id", "id", "model", "model_group", "end_user"), hashed),
    **dict.fromkeys(("messages", "response", "requester_ip_address", "error_str"), never),
    "status": word_of("success", "failure"),
    "call_type": word_of("completion", "acompletion", "embedding", "aembedding", "responses", "aresponses").or_hash(),
    "custom_llm_provider": provider,
    "cache_hit": number,
    "error_information": {"error_code": status},
    "metadata": _KEPT_METADATA,
}
_MARKER = re.compile(rb'"litellm_call_id\\*"\s*:|"response_cost\\*"\s*:')
LITELLM = JsonFormat(
    "litellm",
    read,
    recognizes=is_payload,
    read_paths=keeping(READ_PATHS),
    kept=_KEPT,
    marker=_MARKER,
    http=HttpIntake("LiteLLM's callback generic_api"),
    taken=Taken("the hash of the key, else the end user", "model_group", "the route of the key"),
)
