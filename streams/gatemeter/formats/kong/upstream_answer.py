"""What a log event tells about the provider behind a call to a model: its status, and whether it was asked."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from gatemeter.formats.kong.log_event import LogEvent
from gatemeter.formats.upstream_status import upstream_status
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.http_values import told_status
from gatemeter.llm.call import TokensEvidence
from gatemeter.llm.outcome import Statuses
from gatemeter.llm.used_tokens import UsedTokens

_PROXIES = frozenset({"", "proxy", "ai-proxy", "ai-proxy-advanced"})
"""The plugins whose upstream is the provider; other plugins ask a model in requests of their own."""

_EMPTY_LISTS = (b"[]", b"{}")  # an empty Lua table may be printed as an object


def read_statuses(event: LogEvent) -> Statuses:
    """The statuses of the client and of the upstream.

    Kong 3.6 and later log `upstream_status`. Where it is missing and `source` is `upstream`, the client got the
    upstream's status (Kong/kong: kong/pdk/response.lua, get_source).
    """
    client = None if event.response is None else told_status(event.response.status)
    provider = _status(bytes(event.upstream_status)) if event.upstream_status else None
    if provider is None and event.source == "upstream":
        provider = client
    return Statuses(client, provider, _was_asked(event, provider))


def _was_asked(event: LogEvent, provider: int | None) -> bool | None:
    proxy_ms = None if event.latencies is None else event.latencies.proxy
    tries = bytes(event.tries).replace(b" ", b"")
    if provider is not None or (proxy_ms is not None and proxy_ms >= 0):
        return True
    if tries and tries not in (*_EMPTY_LISTS, b"null"):
        return True
    is_told = tries in _EMPTY_LISTS or bytes(event.upstream_status) in (b'""', b'"-"')
    return False if is_told else None


@lru_cache(maxsize=1024)
def _status(text: bytes) -> int | None:
    return upstream_status({"upstream_status": parse_json(text)})


def statuses_of_call(statuses: Statuses, plugin_name: str, llm_latency_ms: float | None) -> Statuses:
    """The statuses as far as they are about the call of `plugin_name`."""
    if plugin_name not in _PROXIES:
        return Statuses(statuses.client, None, bool(llm_latency_ms) or None)
    return statuses._replace(was_asked=True) if llm_latency_ms and not statuses.was_asked else statuses


def has_answer(plugin_name: str, places: Iterable[Mapping[str, Any]], *, has_completion: bool) -> bool | None:
    """Whether the call of `plugin_name` shows an answer of the provider; False where a guard blocked it before.

    Guards stand in the block of the proxy or beside it, the `places`. They log why they blocked as
    `input_block_reason` and `output_block_reason`, empty for what they let through
    (Kong/developer.konghq.com: app/ai-gateway/ai-audit-log-reference.md).
    """
    if has_completion:
        return True
    if plugin_name not in _PROXIES:
        return None
    guards = [value for place in places for value in place.values() if isinstance(value, dict)]
    if any(guard.get("output_block_reason") for guard in guards):
        return True
    return False if any(guard.get("input_block_reason") for guard in guards) else None


def has_completion(used: UsedTokens) -> bool:
    """Whether tokens were counted that only an answer has, or counts of the provider are in a logged answer."""
    return bool(used.completion) or used.evidence is TokensEvidence.PROVIDER
