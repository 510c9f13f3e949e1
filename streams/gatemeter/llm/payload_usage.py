"""The token usage in a provider's answer that was logged as a payload. Nothing else of the answer is kept.

The answer may be one JSON document, an array of chunks (Gemini), or a stream's text: `data:` lines of server-sent
events, or one JSON object a line. In a stream the last value of each count holds: counts are running totals
(Anthropic's `message_start` gives the input, `message_delta` the output; Gemini repeats them all).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gatemeter.lenient.document import UNREADABLE, parse_json
from gatemeter.lenient.fields import Fields
from gatemeter.llm.call import priced_tier
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.token_classes import TokenCounts

_MARKERS = ("usage", "billed_units", "token_count", "invocationMetrics", "service_tier", "serviceTier")
_USAGE_NAMES = ("token_count", "amazon-bedrock-invocationMetrics", "usageMetadata", "usage")
_WRAPPERS = ("message", "response", "delta", "metadata")
"""Where streams hold usage: Anthropic and Cohere, OpenAI responses and realtime, Cohere v2, Bedrock."""


@dataclass(frozen=True, slots=True)
class PayloadUsage:
    """Counts and service tier of an answer.

    `is_from_provider` is false for an answer that the gateway may have composed, usage included. Kong does so for
    streams: it logs a chat completion without an id, whose usage is Kong's own estimate.
    """

    counts: TokenCounts
    service_tier: str
    is_from_provider: bool


def read_payload(response: object) -> PayloadUsage | None:
    """The usage in a logged answer (text, or parsed JSON); None if it holds neither usage nor a service tier."""
    documents, is_stream = _documents(response)
    usage: dict[str, Any] = {}
    tier = ""
    for document in documents:
        for found in _usage_objects(document):
            usage.update((name, value) for name, value in found.items() if value is not None)
        tier = _service_tier(document, usage) or tier
    if not usage and not tier:
        return None
    counts = read_usage(Fields(usage, "usage", []))
    composed = counts.is_chat_form and not counts.has_details and not is_stream
    return PayloadUsage(counts, tier, not composed or any(document.get("id") for document in documents))


def _documents(response: object) -> tuple[list[dict[str, Any]], bool]:
    """The JSON objects of an answer that may hold usage, and whether they are the chunks of a stream."""
    if isinstance(response, str):
        if not _may_hold_usage(response):
            return [], False
        parsed = parse_json(response)
        if parsed is UNREADABLE:
            return list(_documents_of_lines(response.splitlines())), True
        response = parsed
    if isinstance(response, list):
        return [entry for entry in response if isinstance(entry, dict)], True
    return ([response] if isinstance(response, dict) else []), False


def _documents_of_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        text = line.strip().removeprefix("data:").lstrip()
        if text.startswith("{") and _may_hold_usage(text):
            parsed = parse_json(text)
            if isinstance(parsed, dict):
                yield parsed


def _may_hold_usage(text: str) -> bool:
    """Answers run to megabytes; most chunks of a stream need no reading."""
    return any(marker in text for marker in _MARKERS)


def _usage_objects(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for holder in (*(document.get(name) for name in _WRAPPERS), document):
        if not isinstance(holder, dict):
            continue
        if isinstance(meta := holder.get("meta"), dict) and "billed_units" in meta:  # Cohere v1
            yield meta
        for name in _USAGE_NAMES:
            if isinstance(found := holder.get(name), dict):
                yield found


def _service_tier(document: dict[str, Any], usage: dict[str, Any]) -> str:
    """OpenAI writes it beside the usage, Anthropic inside, Bedrock in an object `serviceTier`."""
    discarded: list[str] = []
    fields = Fields(document, "response", discarded)
    tiers = (
        Fields(usage, "usage", discarded).text("service_tier"),
        fields.text("service_tier"),
        fields.object("response").text("service_tier"),
        fields.object("serviceTier").text("type"),
    )
    return next((tier for tier in map(priced_tier, tiers) if tier), "")
