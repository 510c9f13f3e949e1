"""The modifiers of a call's price that an event of Kong logs: those of the answer, else those of the request."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from gatemeter.llm.modifiers import SERVICE_TIER, may_be_refused, told_modifiers
from gatemeter.llm.payload_usage import PayloadUsage
from gatemeter.llm.provider_hosts import modifiers_of_host

_MARKERS = (
    *('service_tier"', 'serviceTier"', 'speed"', 'inference_geo"', 'search_context_size"', 'performanceConfig"'),
)
_KEPT_PATH = re.compile(r"/(?:responses|batches|files)/[^/]")
_KEPT_OBJECT = re.compile(r'"object"\s*:\s*"(?:response|batch)"')


class _WebSearchOptions(msgspec.Struct):
    search_context_size: Any = None


class _Request(msgspec.Struct):
    service_tier: Any = None
    serviceTier: Any = None  # noqa: N815 - Bedrock's and Google's spelling
    speed: Any = None
    inference_geo: Any = None
    performanceConfig: Any = None  # noqa: N815 - Bedrock's spelling
    web_search_options: _WebSearchOptions | None = None


_decode_request = msgspec.json.Decoder(_Request).decode


class PriceModifiers(NamedTuple):
    """`by_name` has '' for what the event says to be ordinary.

    `is_tier_only_asked_for`: only the request names the tier, and providers may refuse to serve it.
    """

    by_name: dict[str, str]
    is_tier_only_asked_for: bool


def read_modifiers(block: Mapping[str, Any], answer: PayloadUsage | None, method: str = "") -> PriceModifiers:
    """The modifiers of one call; where answer and request differ, the answer's.

    `block` holds its `meta`, `usage`, `payload` and `tried_targets`, and a request with `method` made it.
    """
    meta = _object(block, "meta")
    asked = _of_request(_object(block, "payload").get("request"))
    answered = told_modifiers(meta) | told_modifiers(_object(block, "usage"))
    if answer is not None:
        answered.update(answer.modifiers)
    told = asked | dict(_of_route(block.get("tried_targets"), meta)) | answered
    if method == "GET" and _is_kept_answer(block):
        told["request"] = "retrieval"
    return PriceModifiers(told, SERVICE_TIER not in answered and may_be_refused(asked.get(SERVICE_TIER, "")))


def hides_cache(block: Mapping[str, Any]) -> bool:
    """Whether Claude was called by Bedrock's InvokeModel, whose cache stands beside a prompt, and no total of AWS shows
    it [docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html; BerriAI/litellm#34373].
    """
    uri = _last_target(block.get("tried_targets")).get("upstream_uri")
    return isinstance(uri, str) and _INVOKED_CLAUDE.search(uri) is not None


_INVOKED_CLAUDE = re.compile(r"/model/[^/]*claude[^/]*/invoke")


def asks_for_an_hour(request: str) -> bool:
    """Whether a logged request lets the provider keep a cache for an hour."""
    return _KEPT_FOR_AN_HOUR.search(request) is not None


_KEPT_FOR_AN_HOUR = re.compile(r'"ttl"\s*:\s*"1h"')


def _is_kept_answer(block: Mapping[str, Any]) -> bool:
    """Whether a stored response, batch or file was asked for, whose usage was billed when it was made
    [BerriAI/litellm#25015: providers charge nothing for reading it].
    """
    target = _last_target(block.get("tried_targets"))
    uri, response = target.get("upstream_uri"), _object(block, "payload").get("response")
    if isinstance(uri, str) and _KEPT_PATH.search(uri):
        return True
    return isinstance(response, str) and _KEPT_OBJECT.search(response) is not None


def _object(block: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = block.get(name)
    return value if isinstance(value, dict) else {}


def _of_request(request: object) -> dict[str, str]:
    if not isinstance(request, str) or not any(marker in request for marker in _MARKERS):
        return {}
    try:
        found = _decode_request(request)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
    told = told_modifiers(msgspec.structs.asdict(found))
    if found.web_search_options is not None:
        told.update(told_modifiers(msgspec.structs.asdict(found.web_search_options)))
    return told


def _of_route(targets: object, meta: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What the host tells that answered: the last of the targets that were tried."""
    host = _last_target(targets).get("host")
    told = (meta.get("provider_name"), meta.get("request_model"), host)
    provider, model, host = (value if isinstance(value, str) else "" for value in told)
    return modifiers_of_host(provider.lower(), model, host)


def _last_target(targets: object) -> Mapping[str, Any]:
    target = targets[-1] if isinstance(targets, list) and targets else None
    return target if isinstance(target, dict) else {}
