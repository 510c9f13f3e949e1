"""One request to a language model: which models and plugins take part, and what each of their calls uses."""

from dataclasses import dataclass
from decimal import Decimal

from gatemeter.generator.ai.dialect import ALL_DIALECTS, KONG_3_12, PER_PLUGIN_DIALECTS, Dialect, number_text
from gatemeter.generator.ai.extra_members import LOOKUPS, NO_CACHE, CacheLookup
from gatemeter.generator.facts import FIRST_FAILING_STATUS, LlmCallFacts
from gatemeter.generator.rng import AiRng, RequestDraw, Weighted

_TOKENS_PER_RATE = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """Prices that the operator of the gateway entered, per million tokens of prompt and of completion."""

    prompt: Decimal
    completion: Decimal

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The cost as the gateway computes it: in binary floating point."""
        total = prompt_tokens * self.prompt + completion_tokens * self.completion
        return float(total / _TOKENS_PER_RATE)


@dataclass(frozen=True, slots=True)
class AiModel:
    """A model; `prices` is None where the operator entered none, `reasons` says that it uses reasoning tokens."""

    provider: str
    request_name: str
    response_name: str
    prices: ModelPrices | None
    reasons: bool = False


_HAIKU = ModelPrices(Decimal("0.80"), Decimal("4.00"))
# Not in dollars but in the operator's credits, so that a cost has more digits than the gateway prints.
_CREDITS = ModelPrices(Decimal("0.118034602137"), Decimal("0.354103806291"))

MODELS = Weighted(
    (
        (AiModel("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", ModelPrices(Decimal("0.15"), Decimal("0.60"))), 6),
        (AiModel("mistral", "mistral-small", "mistral-small-2501", _CREDITS), 4),
        (AiModel("anthropic", "claude-3-5-haiku", "claude-3-5-haiku-20241022", _HAIKU), 4),
        (AiModel("openai", "o3-mini", "o3-mini-2025-01-31", ModelPrices(Decimal("1.10"), Decimal("4.40")), True), 2),
        (AiModel("azure", "gpt-4o", "gpt-4o-2024-08-06", ModelPrices(Decimal("2.50"), Decimal("10.00"))), 2),
        (AiModel("gemini", "gemini-2.0-flash", "gemini-2.0-flash", ModelPrices(Decimal("0.10"), Decimal("0.40"))), 2),
        (AiModel("deepseek", "deepseek-chat", "deepseek-chat", None), 2),
    )
)
"""The weights say how often each model is asked."""


REQUEST_TRANSFORMER = "ai-request-transformer"
RESPONSE_TRANSFORMER = "ai-response-transformer"
JUDGE = "ai-llm-as-judge"
TRANSFORMERS = frozenset((REQUEST_TRANSFORMER, RESPONSE_TRANSFORMER))


@dataclass(frozen=True, slots=True)
class PluginMix:
    """Which AI plugins take part in a request.

    `companion` is a plugin that asks a model for itself, '' for none; `proxies` says that the client asks one, too.
    `nested` puts the companion's call inside the proxy plugin's: the gateway's documentation shows the judge in both
    places. `realtime` is a conversation by voice, whose tokens have other names.
    """

    companion: str = ""
    proxies: bool = True
    nested: bool = False
    realtime: bool = False


PLUGIN_MIXES = Weighted(
    (
        (PluginMix(), 72),
        (PluginMix(companion=REQUEST_TRANSFORMER), 5),
        (PluginMix(companion=RESPONSE_TRANSFORMER), 4),
        (PluginMix(companion=REQUEST_TRANSFORMER, proxies=False), 3),
        (PluginMix(companion=RESPONSE_TRANSFORMER, proxies=False), 3),
        (PluginMix(companion=JUDGE), 5),
        (PluginMix(companion=JUDGE, nested=True), 4),
        (PluginMix(realtime=True), 4),
    )
)


_UNSPECIFIED = "UNSPECIFIED"
_CACHEABLE = frozenset((200, FIRST_FAILING_STATUS))
_CACHED_TOKENS_SHARE = 0.5
_UNSPECIFIED_SHARE = 0.5
_LONGEST_COMPANION_MS = 900


@dataclass(slots=True)
class LlmRequest:
    """What the calls of a request share; `upstream_ms` is how long the provider takes if it is asked."""

    draw: RequestDraw
    rng: AiRng
    plugin_mix: PluginMix
    dialect: Dialect
    lookup: CacheLookup
    failed: bool
    upstream_ms: int


def draw_llm_request(draw: RequestDraw, rng: AiRng, status: int, upstream_ms: int) -> LlmRequest:
    """A request with these random numbers that ends with `status` after `upstream_ms` upstream."""
    plugin_mix = rng.one_of(PLUGIN_MIXES)
    if status >= FIRST_FAILING_STATUS and plugin_mix.proxies and plugin_mix.companion != REQUEST_TRANSFORMER:
        # The other companions work on an answer, and there is none.
        plugin_mix = PluginMix(realtime=plugin_mix.realtime)
    dialect = (
        KONG_3_12 if plugin_mix.realtime else rng.one_of(PER_PLUGIN_DIALECTS if plugin_mix.companion else ALL_DIALECTS)
    )
    lookup = rng.one_of(LOOKUPS)
    caches = plugin_mix.proxies and dialect.measures and not (plugin_mix.nested or plugin_mix.realtime)
    # The only failure with a cached answer is a 400: a guard refuses to hand the answer out.
    if not caches or status not in _CACHEABLE:
        lookup = NO_CACHE
    return LlmRequest(draw, rng, plugin_mix, dialect, lookup, status >= FIRST_FAILING_STATUS, upstream_ms)


def proxied_call(request: LlmRequest) -> LlmCallFacts:
    """The call that the client asked for. A failed call has only an estimated prompt, and costs nothing."""
    model = request.rng.one_of(MODELS)
    prompt_tokens = 40 + int(400 * request.draw.size_factor)
    completion_tokens = 0 if request.failed else 1 + request.draw.resource % 700
    call = LlmCallFacts(
        provider=model.provider,
        request_model=model.request_name,
        # A conversation by voice names no model. Without an answer, the gateway repeats the model that was asked for.
        response_model=""
        if request.plugin_mix.realtime
        else model.request_name
        if request.failed
        else model.response_name,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost_text=_cost_text(request.dialect, model, prompt_tokens, completion_tokens, failed=request.failed),
        latency_ms=request.upstream_ms if request.dialect.measures and not request.lookup.hits else None,
        cache_status=request.lookup.status,
    )
    if request.dialect.details and not request.failed and not request.plugin_mix.realtime:
        _add_token_classes(call, model, request.rng)
    return call


def companion_call(request: LlmRequest) -> LlmCallFacts:
    """The call of a plugin that asks a model for itself; transformers do not log which model they asked for."""
    rng, dialect = request.rng, request.dialect
    model = rng.one_of(MODELS)
    prompt_tokens, completion_tokens = 20 + rng.below(400), 1 + rng.below(120)
    judges = request.plugin_mix.companion == JUDGE
    answers_unspecified = not judges and rng.happens(_UNSPECIFIED_SHARE)
    provider_unspecified = answers_unspecified and rng.happens(_UNSPECIFIED_SHARE)
    return LlmCallFacts(
        provider=_UNSPECIFIED if provider_unspecified else model.provider,
        request_model=model.request_name if judges else _UNSPECIFIED,
        response_model=_UNSPECIFIED if answers_unspecified else model.response_name,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost_text=_cost_text(dialect, model, prompt_tokens, completion_tokens, failed=False),
        latency_ms=1 + rng.below(_LONGEST_COMPANION_MS) if dialect.measures else None,
    )


def _add_token_classes(call: LlmCallFacts, model: AiModel, rng: AiRng) -> None:
    if rng.happens(_CACHED_TOKENS_SHARE):
        call.cached_tokens = rng.below(call.prompt_tokens)
    if model.reasons:
        call.reasoning_tokens = rng.below(call.completion_tokens)


def _cost_text(dialect: Dialect, model: AiModel, prompt: int, completion: int, *, failed: bool) -> str | None:
    if not dialect.measures:
        return None
    if failed:
        return "0"
    if model.prices is None:
        return "0" if dialect.zero_cost else None
    return number_text(model.prices.cost(prompt, completion))
