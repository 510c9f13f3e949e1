"""The modifiers of a call's price that an event of Kong tells: by the answer, else by the request."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gatemeter.llm.modifiers import told_modifiers
from gatemeter.llm.payload_usage import PayloadUsage

_MARKERS = (
    *('service_tier"', 'serviceTier"', 'speed"', 'inference_geo"', 'search_context_size"', 'performanceConfig"'),
)
_REGIONAL = re.compile(
    r"(?P<openai>[a-z]+)\.api\.openai\.com"
    r"|(?P<region>[a-z]+-[a-z]+\d+)-aiplatform\.googleapis\.com"
    r"|aiplatform\.(?P<area>us|eu)\.rep\.googleapis\.com"
)
"""Endpoints whose regions have prices of their own: OpenAI's data residency, regions and areas of Vertex AI
[platform.openai.com/docs/pricing; docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations]."""

_DEARER_BY_REGION = re.compile(r"claude-|gemini-(?:[3-9]|\d\d)")
"""Models of Vertex AI that may cost more in a region: Claude, and Gemini from 3 on
[platform.claude.com/docs/en/about-claude/pricing; BerriAI/litellm#37543]."""


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


def read_modifiers(block: Mapping[str, Any], answer: PayloadUsage | None) -> dict[str, str]:
    """Modifiers by name, '' for those that are told to be ordinary; the answer knows better than the request.

    `block` holds `meta`, `usage`, `payload` and `tried_targets` of one call.
    """
    meta = _object(block, "meta")
    told = _of_request(_object(block, "payload").get("request"))
    told.update(_of_route(block.get("tried_targets"), meta.get("request_model")))
    told.update(told_modifiers(meta))
    told.update(told_modifiers(_object(block, "usage")))
    if answer is not None:
        told.update(answer.modifiers)
    return told


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


def _of_route(targets: object, model: object) -> dict[str, str]:
    """The region of the endpoint that answered: the last of the targets that were tried."""
    target = targets[-1] if isinstance(targets, list) and targets else None
    host = target.get("host") if isinstance(target, dict) else None
    found = _REGIONAL.fullmatch(host.lower()) if isinstance(host, str) else None
    if found is None or (not found["openai"] and not _DEARER_BY_REGION.match(str(model).lower())):
        return {}
    return {"route": found["openai"] or found["region"] or found["area"]}
