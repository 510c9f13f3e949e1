"""One request to a language model: which plugins took part, and what each of their calls used."""

from dataclasses import dataclass

from gatemeter.producers.generator.ai.answer_cache import LOOKUPS, NO_CACHE, CacheLookup
from gatemeter.producers.generator.ai.dialect import ALL_DIALECTS, KONG_3_12, PER_PLUGIN_DIALECTS, Dialect
from gatemeter.producers.generator.ai.dice import AiDice
from gatemeter.producers.generator.ai.facts import LlmCallFacts
from gatemeter.producers.generator.ai.model import MODELS, AiModel
from gatemeter.producers.generator.ai.number_text import number_text
from gatemeter.producers.generator.ai.scene import JUDGE, REQUEST_TRANSFORMER, SCENES, Scene
from gatemeter.producers.generator.request_draws import RequestDraw

_UNSPECIFIED = "UNSPECIFIED"
_FIRST_FAILING_STATUS = 400
_CACHEABLE = frozenset((200, _FIRST_FAILING_STATUS))
_CACHED_TOKENS_SHARE = 0.5
_UNSPECIFIED_SHARE = 0.5
_LONGEST_COMPANION_MS = 900


@dataclass(slots=True)
class LlmRequest:
    """What is decided before the calls are: `upstream_ms` is how long the provider takes if it is asked."""

    draw: RequestDraw
    dice: AiDice
    scene: Scene
    dialect: Dialect
    lookup: CacheLookup
    failed: bool
    upstream_ms: int


def draw_llm_request(draw: RequestDraw, dice: AiDice, status: int, upstream_ms: int) -> LlmRequest:
    """The request that `draw` and `dice` mean, which ended with `status`."""
    scene = dice.one_of(SCENES)
    if status >= _FIRST_FAILING_STATUS and scene.proxies and scene.companion != REQUEST_TRANSFORMER:
        # The other companions work on an answer, and there was none.
        scene = Scene(realtime=scene.realtime)
    dialect = KONG_3_12 if scene.realtime else dice.one_of(PER_PLUGIN_DIALECTS if scene.companion else ALL_DIALECTS)
    lookup = dice.one_of(LOOKUPS)
    caches = scene.proxies and dialect.measures and not (scene.nested or scene.realtime)
    # Of the failures only a 400 can come with a cached answer: a guard that refuses to hand it out.
    if not caches or status not in _CACHEABLE:
        lookup = NO_CACHE
    return LlmRequest(draw, dice, scene, dialect, lookup, status >= _FIRST_FAILING_STATUS, upstream_ms)


def proxied_call(request: LlmRequest) -> LlmCallFacts:
    """The call that the client asked for. Of a failed one only the guessed prompt is known, and it costs nothing."""
    model = request.dice.one_of(MODELS)
    prompt_tokens = 40 + int(400 * request.draw.size_factor)
    completion_tokens = 0 if request.failed else 1 + request.draw.resource % 700
    call = LlmCallFacts(
        provider=model.provider,
        request_model=model.request_name,
        # A voice has no single model to name; where nothing was answered the gateway repeats what was asked for.
        response_model="" if request.scene.realtime else model.request_name if request.failed else model.response_name,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost_text=_cost_text(request.dialect, model, prompt_tokens, completion_tokens, failed=request.failed),
        latency_ms=request.upstream_ms if request.dialect.measures and not request.lookup.hits else None,
        cache_status=request.lookup.status,
    )
    if request.dialect.details and not request.failed and not request.scene.realtime:
        _add_token_classes(call, model, request.dice)
    return call


def companion_call(request: LlmRequest) -> LlmCallFacts:
    """The call of a plugin that asks a model for itself; the transformers name no model that they asked for."""
    dice, dialect = request.dice, request.dialect
    model = dice.one_of(MODELS)
    prompt_tokens, completion_tokens = 20 + dice.below(400), 1 + dice.below(120)
    judges = request.scene.companion == JUDGE
    answers_unspecified = not judges and dice.happens(_UNSPECIFIED_SHARE)
    provider_unspecified = answers_unspecified and dice.happens(_UNSPECIFIED_SHARE)
    return LlmCallFacts(
        provider=_UNSPECIFIED if provider_unspecified else model.provider,
        request_model=model.request_name if judges else _UNSPECIFIED,
        response_model=_UNSPECIFIED if answers_unspecified else model.response_name,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost_text=_cost_text(dialect, model, prompt_tokens, completion_tokens, failed=False),
        latency_ms=1 + dice.below(_LONGEST_COMPANION_MS) if dialect.measures else None,
    )


def _add_token_classes(call: LlmCallFacts, model: AiModel, dice: AiDice) -> None:
    if dice.happens(_CACHED_TOKENS_SHARE):
        call.cached_tokens = dice.below(call.prompt_tokens)
    if model.reasons:
        call.reasoning_tokens = dice.below(call.completion_tokens)


def _cost_text(dialect: Dialect, model: AiModel, prompt: int, completion: int, *, failed: bool) -> str | None:
    if not dialect.measures:
        return None
    if failed:
        return "0"
    if model.prices is None:
        return "0" if dialect.zero_cost else None
    return number_text(model.prices.cost(prompt, completion))
