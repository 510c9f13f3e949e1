"""What a StandardLoggingPayload tells of a call's price beside its tokens: the answer is asked first, then the request.

LiteLLM's `cost_breakdown` has the tier that LiteLLM priced: the one that was served, else the one that was asked for
[BerriAI/litellm: litellm/cost_calculator.py, _resolve_billable_service_tier; #13810, #17748].
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import exact_number
from gatemeter.lenient.read_paths import EMPTY_TEXT, value
from gatemeter.llm.modifiers import SERVICE_TIER, may_be_refused, told_modifiers
from gatemeter.llm.provider_hosts import modifiers_of_host
from gatemeter.llm.requested_tools import REQUESTED, tools_of
from gatemeter.llm.used_tokens import UNTOLD_TIER

_BUILT_IN = {"web_search_options": REQUESTED + "web_search", "file_search": REQUESTED + "file_search"}
_SEARCH_TOOLS = frozenset(
    REQUESTED + name
    for name in (
        *("web_search", "googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval"),
        *("enterpriseWebSearch", "enterprise_web_search"),
    )
)
"""Those whose use is counted as `web_searches`."""
_SEARCHES_WITH_EVERY_CALL = "perplexity"
"""Its searches are in the price of a call, by their `search_context_size`."""
_TOOL_UNITS = ("web_searches", "social_searches", "file_searches", "code_executions", "code_execution_ms")
_TOOL_COST = "tool_usage_cost"
_BEFORE_HOST = re.compile(r"(?:[A-Za-z][\w+.-]*:)?//", re.ASCII)


class PriceModifiers(NamedTuple):
    """`by_name` has '' for what the payload says to be ordinary; `unknown` names what may be billed and is not told."""

    by_name: dict[str, str]
    unknown: tuple[str, ...]


def read_modifiers(
    payload: Fields, usage: Mapping[str, Any], provider: str, model: str, units: Mapping[str, int]
) -> PriceModifiers:
    """The modifiers of the call, whose `usage` was counted as `units`."""
    request, answer = _object(payload, "model_parameters"), _object(payload, "response")
    asked = told_modifiers(request) | _search_context(request)
    answered = told_modifiers(usage) | told_modifiers(answer)
    route = dict(modifiers_of_host(provider, model, _host(payload)))
    breakdown = payload.object("cost_breakdown").values
    is_only_asked_for = SERVICE_TIER not in answered and may_be_refused(asked.get(SERVICE_TIER, ""))
    tools = _tools(request, _object(payload, "standard_built_in_tools_params"), breakdown, provider, units)
    unknown = (*([UNTOLD_TIER] if is_only_asked_for else []), *tools)
    return PriceModifiers(asked | route | told_modifiers(breakdown) | answered, unknown)


def host_of(url: object) -> str:
    """The host in the address of an API, with or without a scheme; '' where there is none."""
    if not isinstance(url, str):
        return ""
    try:
        return urlsplit(url if _BEFORE_HOST.match(url) else f"//{url}").hostname or ""
    except ValueError:
        return ""


def host_alone(raw: bytes) -> bytes:
    """What a door sends of such an address: paths and queries may hold a key."""
    if raw[:1] != b'"':
        return value(raw)
    host = host_of(msgspec.json.decode(raw))
    return msgspec.json.encode(f"//[{host}]" if ":" in host else f"//{host}") if host else EMPTY_TEXT


def _host(payload: Fields) -> str:
    """The host that was called; some calls tell it in the hidden parameters alone."""
    return host_of(payload.values.get("api_base")) or host_of(_object(payload, "hidden_params").get("api_base"))


def _object(payload: Fields, name: str) -> Mapping[str, Any]:
    found = payload.values.get(name)
    return found if isinstance(found, dict) else {}


def _search_context(request: Mapping[str, Any]) -> dict[str, str]:
    options = request.get("web_search_options")
    size = options.get("search_context_size") if isinstance(options, dict) else None
    return told_modifiers({"search_context_size": size})


def _tools(
    request: Mapping[str, Any],
    built_in: Mapping[str, Any],
    breakdown: Mapping[str, Any],
    provider: str,
    units: Mapping[str, int],
) -> tuple[str, ...]:
    """Tools that the provider bills and whose use no count tells."""
    allowed = tools_of(request) or tuple(_built_in(request, built_in))
    searches_are_told = "web_searches" in units or provider == _SEARCHES_WITH_EVERY_CALL
    untold = tuple(name for name in allowed if not (searches_are_told and name in _SEARCH_TOOLS))
    if untold or any(units.get(name) for name in _TOOL_UNITS):
        return untold
    return (_TOOL_COST,) if (exact_number(breakdown.get(_TOOL_COST)) or 0) > 0 else ()


def _built_in(*told: Mapping[str, Any]) -> Iterator[str]:
    """The tools of requests that search the web without an entry of `tools`, or whose `tools` are not logged."""
    return (name for member, name in _BUILT_IN.items() if any(each.get(member) is not None for each in told))
