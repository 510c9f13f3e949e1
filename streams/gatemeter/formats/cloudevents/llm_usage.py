"""LLM usage in CloudEvents: the two `kong.llm_request` events of a call to a model, and plain token events."""

from gatemeter.formats.cloudevents.api_request import STATUS_FIELDS, plain_status
from gatemeter.formats.cloudevents.llm_tokens import EventTokens, plain_tokens, plugin_tokens
from gatemeter.formats.cloudevents.values import has_value, http_status
from gatemeter.lenient.fields import Fields
from gatemeter.llm.call import LlmCall, TokensEvidence, context_above, outcome_of, provider_name

MODEL_FIELDS = ("model", "request_model", "response_model")

_ANSWERED = 200


def plugin_llm_call(data: Fields) -> LlmCall:
    """One half of a call, by the fields of Kong's metering-and-billing plugin. Raises RejectedEvent.

    The event of the request counts the call; the event of the response (`calls` 0) adds what was answered. How large
    the context was, only the event of the request says.
    """
    tokens, model = plugin_tokens(data), data.label("model")
    models = ("", model) if tokens.is_answer else (model, "")
    return _call(data, tokens, models, http_status(data, "http_status"))


def plain_llm_call(data: Fields) -> LlmCall:
    """A whole call, or half of one where `data.type` says so. Raises RejectedEvent.

    Senders write such an event once they have an answer, so without any status the provider answered.
    """
    tokens = plain_tokens(data)
    status = plain_status(data) if has_value(data, *STATUS_FIELDS) else _ANSWERED
    return _call(data, tokens, _plain_models(data, tokens), status)


def _plain_models(data: Fields, tokens: EventTokens) -> tuple[str, str]:
    """Requested and answering model; `model` is the model of the half that the event is about."""
    model, request_model, response_model = (data.label(name) for name in MODEL_FIELDS)
    if tokens.is_answer:
        return request_model, response_model or model
    return request_model or model, response_model


def _call(data: Fields, tokens: EventTokens, models: tuple[str, str], status: int | None) -> LlmCall:
    evidence, cache_status = tokens.evidence, data.label("cache_status").lower()
    is_priced = evidence is TokensEvidence.REPORTED
    if is_priced and tokens.is_answer:
        evidence = TokensEvidence.CONTEXT_UNKNOWN
    return LlmCall(
        outcome=outcome_of(status, cache_status),
        tokens_evidence=evidence,
        plugin_name=data.label("ai_plugin_name"),
        plugin_id=data.label("ai_plugin_id"),
        provider=provider_name(data.label("provider")),
        request_model=models[0],
        response_model=models[1],
        cache_status=cache_status,
        calls=0 if tokens.is_answer else 1,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        total_tokens=tokens.total,
        fresh_input_tokens=(tokens.prompt or 0) if is_priced else 0,
        plain_output_tokens=(tokens.completion or 0) if is_priced else 0,
        context_above_tokens=context_above(tokens.prompt or 0),
    )
