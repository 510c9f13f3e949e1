"""Calls to language models of every shape of the `ai` member; sections are those of the Kong event reference."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.llm.call import EmbeddingsEvidence, LlmCall, Outcome, TokensEvidence
from gatemeter.llm.outcome import Statuses
from gatemeter.money import yoctos_from_decimal
from gatemeter.schema.units import UNIT_NAMES
from tests.support.ai_members import ai_block

Json = dict[str, Any]


def calls_of(name: str, status: int | None = 200) -> list[LlmCall]:
    ignored_fields: list[str] = []
    calls = read_llm_calls(ai_block(name), Statuses(status), ignored_fields)
    assert ignored_fields == []
    return calls


def only_call(ai: Json, status: int | None = 200) -> tuple[LlmCall, list[str]]:
    ignored_fields: list[str] = []
    (call,) = read_llm_calls(ai, Statuses(status), ignored_fields)
    return call, ignored_fields


def usage_call(usage: Json, **meta: Any) -> LlmCall:
    return only_call({"proxy": {"usage": usage, "meta": meta}})[0]


def fields_of(call: LlmCall, *names: str) -> tuple[Any, ...]:
    """Fields of a call, or counts of units."""
    return tuple(call.units.get(name) if name in UNIT_NAMES else getattr(call, name) for name in names)


TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")
CLASSES = ("fresh_input_tokens", "plain_output_tokens")


@pytest.mark.parametrize(
    ("name", "plugin", "provider", "tokens"),
    [
        ("flat_3_6", "", "openai", (40, 10, 50)),  # 2.1: no plugin level
        ("singular_3_7", "ai-proxy", "mistral", (31, 12, 43)),  # 2.1: prompt_token, completion_token
        ("plural_3_8", "ai-proxy", "cohere", (20, 30, 50)),  # 2.1
        ("proxy_3_9_without_prices", "proxy", "openai", (18, 13, 31)),  # 2.1: OSS 3.9 and EE 3.10+
        ("image_3_11", "proxy", "openai", (50, 4160, 4210)),  # 2.3: input_tokens instead of prompt_tokens
    ],
)
def test_each_version_keeps_its_numbers_elsewhere(
    name: str, plugin: str, provider: str, tokens: tuple[int, int, int]
) -> None:
    (call,) = calls_of(name)
    assert fields_of(call, "plugin_name", "provider", *TOKENS) == (plugin, provider, *tokens)


def test_details_meta_and_latencies_of_3_12() -> None:
    """2.2, 2.3: 64 of 120 prompt tokens were cached, 20 of 48 completion tokens were thought."""
    (call,) = calls_of("proxy_3_12_details")
    assert call == LlmCall(
        outcome=Outcome.PROVIDER,
        tokens_evidence=TokensEvidence.REPORTED,
        plugin_name="proxy",
        plugin_id="p-312",
        provider="openai",
        request_model="gpt-4o-mini",
        response_model="gpt-4o-mini-2024-07-18",
        prompt_tokens=120,
        completion_tokens=48,
        total_tokens=168,
        units={
            "cached_tokens": 64,
            "reasoning_tokens": 20,
            "fresh_input_tokens": 56,
            "plain_output_tokens": 28,
        },
        counting_rule="kong-openai-version-unknown",
        client_status=200,
        cost_reported_yoctos=46_800_000_000_000_006_000,
        llm_latency_ms=912.0,
        time_per_token_ms=19.0,
        time_to_first_token_ms=305.0,
    )


def test_every_object_with_usage_or_meta_is_a_call_of_its_own() -> None:
    """2.1: several plugins in one event; mcp, sanitizer, compressor, audit and payload are none."""
    calls = calls_of("several_plugins")
    assert [(call.plugin_name, call.provider, call.total_tokens) for call in calls] == [
        ("ai-response-transformer", "UNSPECIFIED", 13),
        ("proxy", "azure", 37),
        ("ai-llm-as-judge", "openai", 61),
    ]
    assert [call.cost_reported_yoctos for call in calls] == [195 * 10**18, 370 * 10**18, None]  # 2.4


def test_the_judge_is_read_at_both_documented_places() -> None:
    """2.1: `ai.proxy.ai-llm-as-judge` in the table, `ai.ai-llm-as-judge` in the sample."""
    (at_the_top,) = calls_of("judge_at_the_top")
    nested = calls_of("several_plugins")[2]
    assert at_the_top == nested
    both = {"proxy": {**ai_block("judge_at_the_top")}, **ai_block("judge_at_the_top")}
    assert read_llm_calls(both, Statuses(200), []) == [nested]


@pytest.mark.parametrize("ai", [{}, {"mcp": {"rpc": []}}, {"proxy": {}}, {"proxy": {"usage": []}}, {"usage": None}])
def test_without_usage_and_meta_there_is_no_call(ai: Json) -> None:
    assert read_llm_calls(ai, Statuses(200), []) == []


@pytest.mark.parametrize(
    ("status", "cache_status", "outcome"),
    [
        (200, "Miss", Outcome.PROVIDER),
        (399, "", Outcome.PROVIDER),
        (200, "Hit", Outcome.CACHE_HIT),
        (None, "HIT", Outcome.CACHE_HIT),
        (400, "hit", Outcome.FAILED),
        (500, "", Outcome.UNKNOWN),
        (None, "", Outcome.UNKNOWN),
        (None, "Bypass", Outcome.UNKNOWN),
    ],
)
def test_the_outcome_follows_from_status_and_cache(status: int | None, cache_status: str, outcome: Outcome) -> None:
    """2.5, 2.6: the client's status decides, then the cache in any spelling."""
    call, _ = only_call({"proxy": {"meta": {}, "cache": {"cache_status": cache_status}}}, status)
    assert (call.outcome, call.cache_status) == (outcome, cache_status.lower())


def test_the_embedding_of_a_semantic_hit_has_the_prompts_tokens() -> None:
    """2.6: no log key for them is documented, so the vendor's formula takes the prompt tokens."""
    (call,) = calls_of("semantic_hit_3_8")
    assert call.outcome is Outcome.CACHE_HIT
    assert fields_of(call, "embeddings_provider", "embeddings_model", "embeddings_tokens", "embeddings_evidence") == (
        ("openai", "text-embedding-3-small", 120, EmbeddingsEvidence.ESTIMATED)
    )
    assert fields_of(call, "embeddings_latency_ms", "fetch_latency_ms", "llm_latency_ms") == (96.0, 14.0, None)


def test_an_exact_hit_makes_no_embedding() -> None:
    """2.6: only cache_status and fetch_latency."""
    (call,) = calls_of("exact_hit_3_8")
    assert (call.outcome, call.embeddings_evidence) == (Outcome.CACHE_HIT, EmbeddingsEvidence.NONE)
    assert (call.embeddings_tokens, call.fetch_latency_ms) == (None, 3.0)


def test_embeddings_of_injected_texts_count_where_the_cache_made_none() -> None:
    """2.7: rag-inject logs its embedding tokens."""
    (call,) = calls_of("rag_3_10")
    assert (call.embeddings_tokens, call.embeddings_evidence) == (11, EmbeddingsEvidence.REPORTED)
    assert (call.embeddings_model, call.embeddings_latency_ms) == ("text-embedding-3-large", 81.0)
    assert call.fetch_latency_ms is None


def test_the_cache_s_embedding_comes_first() -> None:
    block = ai_block("rag_3_10")["proxy"]
    call, _ = only_call({"proxy": {**block, "cache": {"embeddings_tokens": "5", "embeddings_model": "m"}}})
    assert (call.embeddings_model, call.embeddings_tokens) == ("m", 5)


def test_stream_estimates_are_rounded_half_to_even() -> None:
    """2.5: words x 1.8, a fraction; a total where none is logged is the sum."""
    (call,) = calls_of("stream_3_12_estimated")
    assert call.tokens_evidence is TokensEvidence.ESTIMATED
    assert fields_of(call, *TOKENS, *CLASSES) == (22, 40, 62, 22, 40)


@pytest.mark.parametrize(
    ("provider", "mode", "details", "evidence"),
    [
        ("openai", "stream", {}, TokensEvidence.ESTIMATED),
        ("openai", "Stream", {"cached_tokens": 0}, TokensEvidence.REPORTED),
        ("openai", "oneshot", {}, TokensEvidence.REPORTED),
        ("anthropic", "stream", {"cached_tokens": 0}, TokensEvidence.AMBIGUOUS),  # 2.5: before 3.14.0.13, or not
        ("cohere", "stream", {}, TokensEvidence.REPORTED),
        ("UNSPECIFIED", "stream", {}, TokensEvidence.ESTIMATED),
    ],
)
def test_streams_without_counts_are_estimates(
    provider: str, mode: str, details: Json, evidence: TokensEvidence
) -> None:
    """2.5: the streams of cohere, llama2, anthropic, gemini and bedrock carry counts; 3.13 can ask others for them."""
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "prompt_tokens_details": details}
    assert usage_call(usage, provider_name=provider, request_mode=mode).tokens_evidence is evidence


def test_images_are_tokens_of_their_own() -> None:
    """The output of gpt-image models is images, though nothing says so: 50 = 40 text + 10 image tokens, 4160 out."""
    (call,) = calls_of("image_3_11")
    assert fields_of(call, "image_input_tokens", "fresh_input_tokens") == (10, 40)
    assert fields_of(call, "image_output_tokens", "plain_output_tokens", "unknown_units") == (4160, 0, "")
    assert call.tokens_evidence is TokensEvidence.REPORTED


def test_audio_is_a_class_of_its_own_and_cached_audio_counts_once() -> None:
    """2.3: 100 = 20 cached text + 10 cached audio + 50 other audio + 20 fresh text; 60 = 45 audio + 15 text."""
    (call,) = calls_of("realtime_audio_3_11")
    assert fields_of(call, "cached_tokens", "cached_audio_tokens") == (20, 10)
    assert fields_of(call, "audio_input_tokens", "fresh_input_tokens") == (50, 20)
    assert fields_of(call, "audio_output_tokens", "plain_output_tokens") == (45, 15)


def test_anthropic_s_cache_counts_stand_beside_the_prompt() -> None:
    """The context is 21 + 188,086 + 14,000 = 202,107 tokens: above the threshold of 200,000."""
    (call,) = calls_of("anthropic_cache")
    assert fields_of(call, *CLASSES, "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens") == (
        (21, 393, 188_086, 9_000, 5_000)
    )
    assert (call.context_above_tokens, call.service_tier) == (200_000, "")


def test_gemini_s_thoughts_come_from_the_logged_answer() -> None:
    """200 prompt, 150 of them cached; 50 of answer beside 300 of thought; 550 in all."""
    (call,) = calls_of("gemini_payload")
    assert fields_of(call, *TOKENS, "cached_tokens", "reasoning_tokens") == (200, 50, 550, 150, 300)
    assert fields_of(call, *CLASSES) == (50, 50)


def test_xai_s_reasoning_stands_beside_the_completion() -> None:
    """12 + 1 + 386 = 399."""
    (call,) = calls_of("xai_reasoning")
    assert fields_of(call, *CLASSES, "reasoning_tokens") == (12, 1, 386)


def test_a_failed_call_may_show_tokens_but_no_cost() -> None:
    """2.5; 2.3: time per token is 0 when nothing was completed, which measures nothing."""
    (call,) = read_llm_calls(ai_block("failed_call"), Statuses(502, 502), [])
    assert call.outcome is Outcome.FAILED
    assert fields_of(call, "prompt_tokens", "cost_reported_yoctos", "time_per_token_ms") == (9, None, None)


@pytest.mark.parametrize(
    ("cost", "tokens", "yoctos"),
    [
        (Decimal("0.000195"), 5, 195 * 10**18),
        ("4.68e-05", 5, 468 * 10**17),
        (0.1, 5, 10**23),
        (3, 0, 3 * 10**24),
        (10**9, 5, 10**33),
        (0, 5, None),
        ("0.0", 5, None),
        (0, 0, None),
        (None, 0, None),
    ],
)
def test_the_reported_cost_is_read_in_yoctos(cost: Any, tokens: int, yoctos: int | None) -> None:
    """2.4: exact, also in exponent form; 0 with tokens is a gateway without prices."""
    call = usage_call({"prompt_tokens": tokens, "cost": cost})
    assert call.cost_reported_yoctos == yoctos


@pytest.mark.parametrize("cost", [-1, "-0.1", Decimal("Infinity"), Decimal("1e14"), "nan", True, {}, float("inf")])
def test_an_impossible_cost_is_ignored(cost: Any) -> None:
    call, ignored_fields = only_call({"proxy": {"usage": {"cost": cost}}})
    assert (call.cost_reported_yoctos, ignored_fields) == (None, ["ai.proxy.usage.cost"])


@pytest.mark.parametrize(
    ("prompt", "tokens"),
    [("120", 120), (" 1.2e2 ", 120), (120.0, 120), (Decimal("0.5"), 0), (Decimal("1.5"), 2), (10**12, 10**12)],
)
def test_counts_are_taken_from_any_kind_of_number(prompt: Any, tokens: int) -> None:
    assert usage_call({"prompt_tokens": prompt}).prompt_tokens == tokens


@pytest.mark.parametrize("prompt", [-1, 2**63, "many", "", True, Decimal("1e400"), float("nan")])
def test_a_value_that_is_not_a_count_is_ignored(prompt: Any) -> None:
    call, ignored_fields = only_call({"ai-proxy": {"usage": {"prompt_tokens": prompt}}})
    assert (call.prompt_tokens, ignored_fields) == (None, ["ai.ai-proxy.usage.prompt_tokens"])
    assert call.tokens_evidence is TokensEvidence.MISSING


def test_no_counts_are_missing_not_none_used() -> None:
    call = usage_call({}, provider_name="openai")
    assert (call.tokens_evidence, call.total_tokens) == (TokensEvidence.MISSING, None)


@pytest.mark.parametrize(
    ("usage", "evidence"),
    [
        ({"prompt_tokens": 8, "total_tokens": 8}, TokensEvidence.REPORTED),  # an embeddings call
        ({"prompt_tokens": 8, "total_tokens": 20}, TokensEvidence.MISSING),
        ({"total_tokens": 20}, TokensEvidence.MISSING),
        ({"prompt_tokens": 8, "completion_tokens": 4, "total_tokens": 10}, TokensEvidence.INCONSISTENT),
        ({"prompt_tokens": 8, "completion_tokens": 4, "total_tokens": 0}, TokensEvidence.REPORTED),
        ({"prompt_tokens": 0, "completion_tokens": 0}, TokensEvidence.MISSING),
        ({"prompt_tokens": [], "completion_tokens": {}}, TokensEvidence.MISSING),
    ],
)
def test_evidence_of_partial_counts(usage: Json, evidence: TokensEvidence) -> None:
    assert usage_call(usage, request_model="text-embedding-3-small").tokens_evidence is evidence


def test_more_cached_than_prompt_tokens_are_quarantined() -> None:
    call = usage_call({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 11}})
    assert call.tokens_evidence is TokensEvidence.INCONSISTENT
    assert fields_of(call, *CLASSES, "cached_tokens") == (0, 0, 11)


@pytest.mark.parametrize(
    ("logged", "tier"),
    [("Priority", "priority"), ("flex", "flex"), ("default", ""), ("standard", ""), ("auto", ""), ("", "")],
)
def test_the_service_tier_is_normalised(logged: str, tier: str) -> None:
    assert usage_call({"service_tier": logged}).service_tier == tier
    assert usage_call({}, service_tier=logged).service_tier == tier


def test_a_negative_latency_is_not_measured() -> None:
    call, ignored_fields = only_call({"proxy": {"meta": {"llm_latency": -1}, "usage": {"time_to_first_token": 0}}})
    assert (call.llm_latency_ms, call.time_to_first_token_ms, ignored_fields) == (None, 0.0, [])


@pytest.mark.parametrize("logged", ["unspecified", "UNSPECIFIED", "Unspecified"])
def test_an_unspecified_provider_stays_unspecified(logged: str) -> None:
    assert usage_call({}, provider_name=logged).provider == "UNSPECIFIED"


def test_empty_and_null_objects_are_nothing() -> None:
    """1.7: an empty Lua table is printed as a list."""
    block: Json = {"meta": {"request_model": None}, "usage": [], "cache": [], "payload": None, "rag-inject": []}
    call, ignored_fields = only_call({"proxy": block})
    assert (call.request_model, ignored_fields) == ("", [])


def test_each_field_of_an_unusable_type_is_named() -> None:
    block = {"meta": {"provider_name": ["x"], "plugin_id": 7}, "usage": 5, "cache": "no", "payload": {"response": 1}}
    call, ignored_fields = only_call({"proxy": block})
    assert (call.provider, call.plugin_id) == ("", "7")
    assert sorted(ignored_fields) == [
        "ai.proxy.cache",
        "ai.proxy.meta.provider_name",
        "ai.proxy.payload.response",
        "ai.proxy.usage",
    ]


def test_amounts_are_exact_to_the_yocto() -> None:
    cost = Decimal("0.123456789012345678901234")
    assert usage_call({"cost": cost}).cost_reported_yoctos == yoctos_from_decimal(cost) == int(cost * 10**24)
