"""The shape that most calls to models have, read quickly: one plugin, whole counts of text, no logged answer.

It returns what `llm_calls` returns for the same text, and nothing for any other shape: unknown fields are refused, and
so are numbers as text, lists in place of objects and labels that are too long.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, MsgspecError, Raw, Struct, field
from msgspec.json import Decoder

from gatemeter.formats.kong.gateway import Gateway
from gatemeter.formats.kong.upstream_answer import has_completion, statuses_of_call
from gatemeter.lenient.fields import LONGEST_LABEL
from gatemeter.lenient.numbers import LARGEST_AMOUNT, LARGEST_TOKEN_COUNT, LONGEST_MS, OUT_OF_RANGE, decimal_of_digits
from gatemeter.llm.call import LlmCall, context_above, provider_name
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.modifiers import modifiers_text
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of
from gatemeter.llm.provider_hosts import modifiers_of_host
from gatemeter.llm.token_counts import TokenCounts
from gatemeter.llm.used_tokens import used_tokens
from gatemeter.money import yoctos_from_decimal

_Count = Annotated[int, Meta(ge=0, le=LARGEST_TOKEN_COUNT)]
_Label = Annotated[str, Meta(max_length=LONGEST_LABEL)]
_LatencyMs = Annotated[float, Meta(ge=0, le=LONGEST_MS)]


class _InputDetails(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    cached_tokens: _Count | None = None
    audio_tokens: _Count | None = None


class _OutputDetails(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    reasoning_tokens: _Count | None = None
    audio_tokens: _Count | None = None


_NO_INPUT_DETAILS, _NO_OUTPUT_DETAILS = _InputDetails(), _OutputDetails()


class _Usage(Struct, gc=False, forbid_unknown_fields=True):
    prompt_tokens: _Count
    completion_tokens: _Count
    total_tokens: _Count
    prompt_tokens_details: _InputDetails = _NO_INPUT_DETAILS
    completion_tokens_details: _OutputDetails = _NO_OUTPUT_DETAILS
    cost: Raw = Raw()
    time_per_token: _LatencyMs | None = None
    time_to_first_token: _LatencyMs | None = None


class _Meta(Struct, gc=False, forbid_unknown_fields=True):
    plugin_id: _Label = ""
    provider_name: _Label = ""
    request_model: _Label = ""
    response_model: _Label = ""
    request_mode: _Label = ""
    llm_latency: _LatencyMs | None = None
    azure_instance_id: str = ""
    azure_deployment_id: str = ""
    azure_api_version: str = ""


class _Nothing(Struct, gc=False, forbid_unknown_fields=True):
    pass


class _Block(Struct, gc=False, forbid_unknown_fields=True):
    usage: _Usage
    meta: _Meta
    cache: _Nothing | None = None


class _Ai(Struct, gc=False, forbid_unknown_fields=True):
    proxy: _Block | None = None
    ai_proxy: _Block | None = field(default=None, name="ai-proxy")


_decode = Decoder(_Ai).decode


def read_common_call(ai: bytes, statuses: Statuses, gateway: Gateway) -> LlmCall | None:
    """The only call in the text of an `ai` member; None if it has another shape. Never raises."""
    try:
        found = _decode(ai)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if found.proxy is None:
        return None if found.ai_proxy is None else _call("ai-proxy", found.ai_proxy, statuses, gateway)
    return _call("proxy", found.proxy, statuses, gateway) if found.ai_proxy is None else None


def is_common_ai(ai: bytes) -> bool:
    """Whether the text of an `ai` member has no members but those of the common shape."""
    try:
        _decode(ai)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _call(plugin_name: str, block: _Block, statuses: Statuses, gateway: Gateway) -> LlmCall | None:
    usage, meta = block.usage, block.meta
    cost = _number(usage.cost)
    if cost is not None and not 0 <= cost <= LARGEST_AMOUNT:
        return None
    provider = provider_name(meta.provider_name)
    used = used_tokens(
        (_counts(usage),),
        None,
        counted_by=CountedBy("kong", gateway.version, provider, meta.response_model or meta.request_model),
        is_stream=gateway.has_streamed(meta.request_mode),
    )
    statuses = statuses_of_call(statuses, plugin_name, meta.llm_latency)
    is_completed = has_completion(used)
    outcome = outcome_of(statuses, provider=provider, has_answer=is_completed or None)
    return LlmCall(
        outcome=outcome,
        tokens_evidence=evidence_of_answer(used.evidence, outcome, statuses, has_completion=is_completed),
        plugin_name=plugin_name,
        plugin_id=meta.plugin_id,
        provider=provider,
        request_model=meta.request_model,
        response_model=meta.response_model,
        modifiers=_modifiers_without_host(provider, meta.request_model),
        unknown_units=",".join(used.unknown),
        counting_rule=used.rule,
        client_status=statuses.client,
        provider_status=statuses.provider,
        prompt_tokens=used.prompt,
        completion_tokens=used.completion,
        total_tokens=used.total,
        units=used.units,
        context_above_tokens=context_above(used.context_tokens),
        cost_reported_yoctos=(yoctos_from_decimal(cost) or None) if cost else None,
        llm_latency_ms=meta.llm_latency,
        time_per_token_ms=usage.time_per_token if usage.time_per_token or used.completion else None,
        time_to_first_token_ms=usage.time_to_first_token,
    )


@lru_cache(maxsize=1024)
def _modifiers_without_host(provider: str, model: str) -> str:
    return modifiers_text(dict(modifiers_of_host(provider, model, "")))


def _number(logged: Raw) -> Decimal | None:
    """An amount as it is written; None for none, and `OUT_OF_RANGE` for what is not a JSON number, such as a text."""
    text = bytes(logged)
    if text in (b"", b"null"):
        return None
    return decimal_of_digits(text.decode()) if text[:1] in b"-0123456789" else OUT_OF_RANGE


def _counts(usage: _Usage) -> TokenCounts:
    inputs, outputs = usage.prompt_tokens_details, usage.completion_tokens_details
    return TokenCounts(
        prompt=usage.prompt_tokens,
        completion=usage.completion_tokens,
        total=usage.total_tokens,
        cached=inputs.cached_tokens,
        reasoning=outputs.reasoning_tokens,
        audio_input=inputs.audio_tokens,
        audio_output=outputs.audio_tokens,
        shape="openai-chat",
        has_details=inputs != _NO_INPUT_DETAILS or outputs != _NO_OUTPUT_DETAILS,
        has_cache_in_details=bool(inputs.cached_tokens),
    )
