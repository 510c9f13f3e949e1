"""The token usage in a provider's answer that was logged as a payload. Nothing else of the answer is kept.

The answer may be one JSON document, an array of chunks (Gemini), or a stream's text: `data:` lines of server-sent
events, or one JSON object a line. In a stream the largest value of each count holds: counts are running totals
(Anthropic's `message_start` gives the input, `message_delta` the output; Gemini repeats them all). The answers of a
realtime session and of a batch are counted each on its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatemeter.lenient.document import UNREADABLE, parse_json
from gatemeter.llm.counting_rules import answers_in_chat_form
from gatemeter.llm.modifiers import BATCH, SERVICE_TIER, told_modifiers
from gatemeter.llm.provider_usage import UsageNumbers, counts_of, usage_numbers
from gatemeter.llm.token_counts import TokenCounts

_MARKERS = (
    *("usage", "billed_units", "token_count", "invocationMetrics", "groundingMetadata"),
    *("service_tier", "serviceTier", "performanceConfig"),
)
USAGE_NAMES = ("token_count", "amazon-bedrock-invocationMetrics", "usageMetadata", "usage_info", "usage")
WRAPPERS = ("message", "response", "delta", "metadata", "x_groq", "body")
"""Where streams hold usage: Anthropic and Cohere, OpenAI responses and realtime, Cohere v2, Bedrock, Groq; batches."""
MODEL_NAMES = ("model", "modelVersion")
_ANSWERS_OF_THEIR_OWN = "response.done"
"""The event of a realtime session that ends an answer."""
_TRANSCRIPTION = "input_audio_transcription"
"""In the type of the events of a session that tell what was spoken. A model of its own hears it, at
prices of its own, and its usage does not name it [platform.openai.com/docs/api-reference/realtime-server-events].
"""


@dataclass(frozen=True, slots=True)
class PayloadUsage:
    """Counts of each answer (there is at least one), and what else they tell about prices (`llm.modifiers`).

    `is_own`: the counts are the provider's. The gateway may have composed the answer, usage included: Kong does so for
    streams, as a chat completion without an id, and for providers without that form. `is_whole`: they are the
    provider's, and none is cut off. `model` is the one that the provider says it answered with; '' where it says none
    or several.
    """

    answers: tuple[TokenCounts, ...]
    modifiers: Mapping[str, str] = field(default_factory=dict)
    is_own: bool = False
    is_whole: bool = False
    model: str = ""


def read_payload(response: object, provider: str = "") -> PayloadUsage | None:
    """The usage in a logged answer (text, or parsed JSON) of `provider`; None if it tells neither usage nor a tier."""
    if not response:
        return None
    reading = _AnswerReader()
    documents, is_cut = reading.read(response)
    answers = tuple(counts for found in reading.answers() for counts in counts_of(found))
    if not reading.modifiers and all(counts == TokenCounts() for counts in answers):
        return None
    is_own = all(_is_provider_s_own(counts, documents, provider, reading.is_stream) for counts in answers)
    is_whole = is_own and not is_cut and all(_is_whole(counts) for counts in answers)
    return PayloadUsage(answers, reading.modifiers, is_own, is_whole, _model_of(documents) if is_own else "")


def _model_of(documents: Iterable[dict[str, Any]]) -> str:
    named = (holder.get(name) for each in documents for holder in _holders(each) for name in MODEL_NAMES)
    models = {name for name in named if isinstance(name, str) and name}
    return models.pop() if len(models) == 1 else ""


def _is_provider_s_own(counts: TokenCounts, documents: list[dict[str, Any]], provider: str, is_stream: bool) -> bool:
    if counts.shape != "openai-chat":
        return True
    if not answers_in_chat_form(provider):
        return False
    return is_stream or counts.has_details or any(document.get("id") for document in documents)


def _is_whole(counts: TokenCounts) -> bool:
    if counts.has_unusable or counts.has_nothing:
        return False
    if counts.completion is None:
        return (counts.prompt is not None and counts.total == counts.prompt) or any(counts.others.values())
    return counts.prompt is not None


class _AnswerReader:
    """Puts the usage of the documents of an answer together."""

    def __init__(self) -> None:
        self.modifiers: dict[str, str] = {}
        self.is_stream = False
        self._one = UsageNumbers()
        self._own: list[UsageNumbers] = []
        self._has_transcriptions = False

    def read(self, response: object) -> tuple[list[dict[str, Any]], bool]:
        """The documents that may hold usage, all read, and whether the answer was cut off."""
        documents, self.is_stream, is_cut = _documents(response)
        for document in documents:
            found = _numbers(document, self.modifiers)
            kind = document.get("type")
            if isinstance(kind, str) and f".{_TRANSCRIPTION}." in kind:
                self._has_transcriptions |= bool(found.numbers)
            elif kind == _ANSWERS_OF_THEIR_OWN or document.get("custom_id"):
                self._own.append(found)
            else:
                self._one.raise_to(found)
            if document.get("custom_id") or document.get("object") == BATCH:
                self.modifiers[SERVICE_TIER] = BATCH
        return documents, is_cut

    def answers(self) -> list[UsageNumbers]:
        """What each answer counts; counts of no answer are one of their own.

        Transcriptions are only named, as what no price is known for.
        """
        found = [*self._own, self._one] if self._one.numbers or not self._own else self._own
        if self._has_transcriptions:
            found[0].add(_TRANSCRIPTION, 1)
        return found


def _numbers(document: dict[str, Any], modifiers: dict[str, str]) -> UsageNumbers:
    """The counts of one document, the tools that the provider ran among them; what tells prices goes to `modifiers`."""
    found = UsageNumbers()
    for holder in _holders(document):
        modifiers.update(told_modifiers(holder))
        for usage in _usage_objects(holder):
            modifiers.update(told_modifiers(usage))
            found.raise_to(usage_numbers(usage))
        for path in _tools(holder):
            found.add(path, 1)
    if document.get("type") == "message_start":
        found.numbers.pop("output_tokens", None)  # provisional: the `message_delta` at the end tells it
    return found


def _holders(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document, and the objects in it that may hold usage."""
    yield document
    for name in WRAPPERS:
        if isinstance(holder := document.get(name), dict):
            yield holder
            if isinstance(body := holder.get("body"), dict):
                yield body


def _usage_objects(holder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(meta := holder.get("meta"), dict) and "billed_units" in meta:  # Cohere v1
        yield {name: meta[name] for name in ("billed_units", "tokens") if name in meta}
    for name in USAGE_NAMES:
        if isinstance(found := holder.get(name), dict):
            yield found


def _tools(holder: dict[str, Any]) -> Iterator[str]:
    """What the provider did besides answering, as paths of `usage_fields.toml`: entries of OpenAI's `output`, Google's
    groundings, Bedrock's guardrails.
    """
    for entry in _objects(holder.get("output")):
        kind, action = entry.get("type"), entry.get("action")
        what = action.get("type") if isinstance(action, dict) else None
        if isinstance(kind, str):
            yield f"output.{kind}.{what}" if kind == "web_search_call" and isinstance(what, str) else f"output.{kind}"
    for candidate in _objects(holder.get("candidates")):
        if isinstance(grounding := candidate.get("groundingMetadata"), dict):
            yield from _groundings(grounding)
    trace = holder.get("trace")
    if isinstance(trace, dict) and trace.get("guardrail"):
        yield "trace.guardrail"


def _groundings(grounding: dict[str, Any]) -> Iterator[str]:
    """Searches of the web are told as queries; maps and a customer's own data only by what was found in them."""
    queries = grounding.get("webSearchQueries")
    for _ in queries if isinstance(queries, list) else ():
        yield "groundingMetadata.webSearchQueries"
    kinds = {kind for chunk in _objects(grounding.get("groundingChunks")) for kind in chunk}
    if "googleMapsWidgetContextToken" in grounding:
        kinds.add("maps")
    if queries:
        kinds.discard("web")
    yield from (f"groundingMetadata.groundingChunks.{kind}" for kind in sorted(kinds))


def _objects(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _documents(response: object) -> tuple[list[dict[str, Any]], bool, bool]:
    """The JSON objects of an answer that may hold usage, whether they are a stream's chunks, and whether it is cut."""
    is_cut = False
    if isinstance(response, str):
        if not may_hold_usage(response):
            return [], False, False
        parsed = parse_json(response)
        if parsed is UNREADABLE:
            lines = [text for line in response.splitlines() if (text := text_of_line(line)).startswith("{")]
            is_cut = bool(lines) and parse_json(lines[-1]) is UNREADABLE
            return list(_documents_of_lines(lines)), True, is_cut
        response = parsed
    if isinstance(response, list):
        return _objects(response), True, is_cut
    return ([response] if isinstance(response, dict) else []), False, is_cut


def text_of_line(line: str) -> str:
    """What a line of a stream holds: that of server-sent events behind its field name."""
    return line.strip().removeprefix("data:").lstrip()


def _documents_of_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for text in lines:
        if may_hold_usage(text):
            parsed = parse_json(text)
            if isinstance(parsed, dict):
                yield parsed


def may_hold_usage(text: str) -> bool:
    """Answers run to megabytes; most chunks of a stream need no reading."""
    return any(marker in text for marker in _MARKERS)
