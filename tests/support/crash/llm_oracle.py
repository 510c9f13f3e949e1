"""The calls to models in an event of the crash input, read plainly by the documented rules (docs/events.md).

It knows the shapes that the generator writes, and fails on others: every count is there, and no answer is logged.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.crash.cost_oracle import CostOracle, Model, Spending
from tests.support.crash.latency_oracle import latency_measures

LLM_KEY = (
    "plugin_name",
    "plugin_id",
    "provider",
    "request_model",
    "response_model",
    "cache_status",
    "outcome",
    "embeddings_provider",
    "embeddings_model",
    "service_tier",
    "context_above_tokens",
    "tokens_evidence",
    "embeddings_evidence",
    "token_classes",
    "modifiers",
    "unknown_units",
    "client_status",
    "provider_status",
    "cost_currency",
    "cost_evidence",
)
"""Columns after those of the caller. The last two are no key columns, but are the same for all calls of a key."""

_CLASSES = (
    "cached_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "fresh_input_tokens",
    "plain_output_tokens",
)
_UNUSED_UNITS = (
    *("cached_audio_tokens", "image_input_tokens", "cached_image_tokens", "video_input_tokens", "cached_video_tokens"),
    *("image_output_tokens", "video_output_tokens", "citation_tokens", "web_searches", "social_searches"),
    *("file_searches", "rerank_searches", "code_executions", "code_execution_ms", "images", "pages"),
    *("annotated_pages", "characters", "audio_input_ms", "audio_output_ms", "video_output_ms"),
)
LLM_COUNTS = (
    *("calls", "answers", "prompt_tokens", "completion_tokens", "total_tokens", *_CLASSES, *_UNUSED_UNITS),
    *("embeddings_tokens", "calls_without_reported_cost", "unpriced_calls"),
)
LLM_AMOUNTS = (
    *("cost_reported", "cost_reported_spend", "cost_savings_reported"),
    *("cost_computed", "embeddings_cost", "cost_savings"),
)
LLM_LATENCIES = ("llm", "time_per_token", "time_to_first_token", "embeddings", "cache_fetch")

_COUNT_STREAMS = frozenset({"anthropic", "gemini"})
"""The providers of the input whose streams tell their tokens; those of other streams are estimates."""
_LEAVES_CACHE_OUT, _SUMS_STREAMS = "anthropic", "gemini"
"""The providers whose cache, or whose streams, the Kong of the input does not count right."""
_CACHES_LONG_PROMPTS, _SHORTEST_CACHED = frozenset({"openai", "azure", "gemini"}), 1024
"""The providers that cache prompts from this many tokens on, which the Kong of the input does not log."""
_PROXIES = ("", "proxy", "ai-proxy", "ai-proxy-advanced")
"""The plugins whose upstream is the provider; the others ask a model by themselves."""
_SHORTEST_LONG_CONTEXT = 8_000
_FIRST_FAILING_STATUS = 400
_BAD_REQUEST, _GATEWAY_TIMEOUT = 400, 504
_UNKNOWN_STATUS = -1

Measures = dict[str, int | Fraction]


@dataclass(frozen=True, slots=True)
class _Embedding:
    model: Model | None = None
    tokens: int = 0
    evidence: str = ""
    latency_ms: int | None = None


def llm_rows(document: dict[str, Any], hour_s: int, costs: CostOracle) -> Iterator[tuple[tuple[Any, ...], Measures]]:
    """For each call in an event's `ai` member the values of `LLM_KEY`, and what it adds to the measures."""
    for plugin, block in _blocks(document.get("ai", {})):
        upstream = int(document["upstream_status"].split(", ")[-1] or _UNKNOWN_STATUS)
        yield _Call(plugin, block, document["response"]["status"], upstream, hour_s).row(costs)


def _blocks(ai: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with `usage`, at most two levels deep; the one that is `ai` itself is of no plugin."""
    outer = [(name, value) for name, value in ai.items() if isinstance(value, dict)]
    inner = [pair for _, value in outer for pair in value.items() if isinstance(pair[1], dict)]
    return ((name, value) for name, value in (("", ai), *outer, *inner) if "usage" in value)


class _Call:
    def __init__(self, plugin: str, block: dict[str, Any], status: int, upstream_status: int, hour_s: int) -> None:
        assert "usage" not in str(block.get("payload", "")), "no answer is read here"
        self._plugin, self._hour_s, self._status = plugin, hour_s, status
        self._provider_status = upstream_status if plugin in _PROXIES else _UNKNOWN_STATUS
        self._usage, self._meta, self._cache = block["usage"], block["meta"], block.get("cache", {})
        self._prompt = self._count("prompt_tokens", "prompt_token", "input_tokens")
        self._completion = self._count("completion_tokens", "completion_token", "output_tokens")
        self._cache_status = self._cache.get("cache_status", "").lower()
        is_hit = self._cache_status == "hit"
        self._outcome = "cache_hit" if is_hit else "provider"
        if status >= _FIRST_FAILING_STATUS:
            self._outcome = "failed" if is_hit else self._outcome_of_error()
        self._model = Model(
            self._meta["provider_name"], (self._meta.get("response_model", ""), self._meta["request_model"])
        )
        self._tokens = self._divided()
        self._embedding = self._embedded(block.get("rag-inject", {}))

    def row(self, costs: CostOracle) -> tuple[tuple[Any, ...], Measures]:
        """The values of `LLM_KEY`, and what the call adds."""
        evidence, embedding = self._evidence(), self._embedding
        cost = costs.cost(
            Spending(
                self._hour_s,
                self._outcome,
                self._model,
                self._tokens,
                are_tokens_estimated=evidence in ("estimated", "ambiguous"),
                embedder=embedding.model,
                embeddings_tokens=embedding.tokens,
                is_embedding_estimated=embedding.evidence == "estimated",
            )
        )
        measures: Measures = {
            **self._counts(),
            "unpriced_calls": cost.unpriced_calls,
            "cost_computed": cost.cost_computed,
            "embeddings_cost": cost.embeddings_cost,
            "cost_savings": cost.cost_savings,
            **self._latencies(),
        }
        no_modifiers, no_unknown_units = "", ""
        evidences = (evidence, embedding.evidence, self._classes(), no_modifiers, no_unknown_units)
        statuses = (self._status, self._provider_status)
        return (*self._names(), *evidences, *statuses, costs.currency, cost.cost_evidence), measures

    def _names(self) -> tuple[Any, ...]:
        embedder = self._embedding.model or Model("", ("",))
        answered, asked = self._model.names
        context_above, service_tier = 0, ""
        return (
            *(self._plugin, self._meta["plugin_id"], self._model.provider, asked, answered),
            *(self._cache_status, self._outcome, embedder.provider, embedder.names[0], service_tier, context_above),
        )

    def _outcome_of_error(self) -> str:
        """An answer is spend though the client did not get it; a provider may bill what it began."""
        if self._completion:
            return "blocked"
        is_billed_by_azure = self._meta["provider_name"] == "azure" and self._status == _BAD_REQUEST
        return "unknown" if is_billed_by_azure or self._status == _GATEWAY_TIMEOUT else "failed"

    def _classes(self) -> str:
        return ",".join(name for name in _CLASSES if self._tokens[name])

    def _counts(self) -> Measures:
        """A reported cost of 0 means that the cost is not known, because the call used tokens."""
        assert self._prompt
        reported = Fraction(self._usage.get("cost", 0))
        is_spend = self._outcome in ("provider", "blocked", "unknown")
        return {
            "calls": 1,
            "prompt_tokens": self._prompt,
            "completion_tokens": self._completion,
            "total_tokens": self._usage["total_tokens"],
            **self._tokens,
            "embeddings_tokens": self._embedding.tokens,
            "calls_without_reported_cost": int(is_spend and not reported),
            "cost_reported": reported,
            "cost_reported_spend": reported if is_spend else 0,
            "cost_savings_reported": reported if self._outcome == "cache_hit" else 0,
        }

    def _count(self, *names: str) -> int:
        return int(next(self._usage[name] for name in names if name in self._usage))

    def _details(self, *names: str) -> dict[str, int]:
        return next((self._usage[name] for name in names if self._usage.get(name)), {})

    def _divided(self) -> Counter[str]:
        """The tokens by class; no token is in two."""
        inputs = self._details("prompt_tokens_details", "input_tokens_details")
        outputs = self._details("completion_tokens_details", "output_tokens_details")
        tokens = Counter(
            cached_tokens=inputs.get("cached_tokens", 0),
            reasoning_tokens=outputs.get("reasoning_tokens", 0),
            audio_input_tokens=inputs.get("audio_tokens", 0),
            audio_output_tokens=outputs.get("audio_tokens", 0),
        )
        tokens["fresh_input_tokens"] = self._prompt - tokens["cached_tokens"] - tokens["audio_input_tokens"]
        tokens["plain_output_tokens"] = self._completion - tokens["reasoning_tokens"] - tokens["audio_output_tokens"]
        assert min(tokens.values()) >= 0, self._usage
        assert self._prompt <= _SHORTEST_LONG_CONTEXT, self._usage
        return tokens

    def _evidence(self) -> str:
        is_stream = self._meta.get("request_mode") == "stream"
        has_details = self._details("prompt_tokens_details", "completion_tokens_details")
        provider = self._model.provider
        if not self._completion:
            return "missing" if is_stream else "ambiguous"
        if is_stream and provider not in _COUNT_STREAMS and not has_details:
            return "estimated"
        may_be_cached = provider in _CACHES_LONG_PROMPTS and self._prompt >= _SHORTEST_CACHED
        is_cache_untold = (provider == _LEAVES_CACHE_OUT or may_be_cached) and not self._tokens["cached_tokens"]
        if is_cache_untold or (is_stream and provider == _SUMS_STREAMS):
            return "ambiguous"
        gave_up = self._outcome == "blocked" and self._status == _GATEWAY_TIMEOUT
        return "estimated" if gave_up else "reported"

    def _embedded(self, rag: dict[str, Any]) -> _Embedding:
        """The cache's embedding, or that of `rag-inject`; of two by different models the one that tells its tokens."""
        found = [self._embedding_in(each) for each in (self._cache, rag) if "embeddings_model" in each]
        if not found:
            return _Embedding()
        first, last = found[0], found[-1]
        if len(found) > 1 and first.model == last.model:
            return _Embedding(first.model, first.tokens + last.tokens, "estimated", first.latency_ms)
        return last

    def _embedding_in(self, holder: dict[str, Any]) -> _Embedding:
        tokens = holder.get("embeddings_tokens")
        return _Embedding(
            Model(holder["embeddings_provider"], (holder["embeddings_model"],)),
            self._prompt if tokens is None else tokens,
            "estimated" if tokens is None else "reported",
            holder["embeddings_latency"],
        )

    def _latencies(self) -> dict[str, int]:
        found: dict[str, int | Decimal | None] = {
            "llm": self._meta.get("llm_latency"),
            "time_per_token": self._usage.get("time_per_token") if self._completion else None,
            "time_to_first_token": self._usage.get("time_to_first_token"),
            "embeddings": self._embedding.latency_ms,
            "cache_fetch": self._cache.get("fetch_latency"),
        }
        measures: dict[str, int] = {}
        for name, latency_ms in found.items():
            measures |= {} if latency_ms is None else latency_measures(name, latency_ms)
        return measures
