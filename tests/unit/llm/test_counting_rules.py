"""Which rule holds for whose usage object."""

import pytest

from gatemeter.llm.counting_rules import (
    CountedBy,
    CountingRule,
    counting,
    media_model,
    parse_version,
    streams_have_counts,
)


def rule(
    provider: str, version: str = "", *, shape: str = "openai-chat", model: str = "m", told: bool = False
) -> CountingRule:
    counted_by = CountedBy("kong", parse_version(version) if version else (), provider, model)
    return counting(counted_by, shape, told).rule


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("3.11.0.3", "kong-anthropic-before-3.14.0.8"),
        ("3.14.0.7", "kong-anthropic-before-3.14.0.8"),
        ("3.14.0.8", "kong-anthropic-3.14.0.8"),
        ("3.14.0.12", "kong-anthropic-3.14.0.8"),
        ("3.14.0.13", "kong-anthropic-3.14.0.13"),
        ("3.15.0.3", "kong-anthropic-before-3.14.0.8"),
        ("3.15.0.4", "kong-anthropic-3.14.0.13"),
        ("3.16", "kong-anthropic-3.14.0.13"),
        ("", "kong-anthropic-version-unknown"),
    ],
)
def test_kong_s_versions_count_anthropic_s_cache_each_their_way(version: str, name: str) -> None:
    assert rule("anthropic", version).name == name


@pytest.mark.parametrize(
    ("provider", "version", "name"),
    [
        ("openai", "3.9.1", "kong-openai-before-3.11"),
        ("azure", "3.10.0.9", "kong-openai-before-3.11"),
        ("openai", "3.11.0.0", "kong-openai-3.11"),
        ("openai", "", "kong-openai-version-unknown"),
        ("mistral", "3.9.1", "mistral"),
    ],
)
def test_kong_logs_the_cache_of_openai_since_a_version(provider: str, version: str, name: str) -> None:
    assert rule(provider, version).name == name


@pytest.mark.parametrize("version", ["", "3.14.0.7", "3.15.0.4"])
def test_cache_counts_in_the_details_mean_a_prompt_that_holds_them(version: str) -> None:
    assert rule("anthropic", version, told=True).name == "kong-anthropic-cache-told"


@pytest.mark.parametrize(
    ("provider", "version", "cache", "reasoning"),
    [
        ("openai", "", "included", "included"),
        ("azure", "", "included", "included"),
        ("deepseek", "", "included", "included"),
        ("mistral", "", "included", "included"),
        ("bedrock", "", "unknown", "included"),
        ("gemini", "", "included", "added"),
        ("gemini", "3.14.0.12", "included", "added"),
        ("gemini", "3.15.0.4", "included", "included"),
        ("xai", "", "included", "added"),
        ("perplexity", "", "included", "beside_total"),
        ("UNSPECIFIED", "", "included", "included"),
        ("someone new", "", "included", "included"),
    ],
)
def test_what_each_provider_s_counts_hold(provider: str, version: str, cache: str, reasoning: str) -> None:
    found = rule(provider, version)
    assert (found.cache, found.reasoning) == (cache, reasoning)


@pytest.mark.parametrize(
    ("shape", "name"),
    [("anthropic", "anthropic"), ("bedrock", "bedrock"), ("gemini", "gemini"), ("cohere", "cohere")],
)
def test_a_provider_s_own_shape_needs_no_version(shape: str, name: str) -> None:
    assert rule("anything", shape=shape).name == name


def test_models_of_another_maker_keep_its_way_of_counting() -> None:
    assert rule("azure", model="Grok-4").name == "xai-azure"
    assert rule("azure", "3.9", model="grok-4").name == "xai-azure"
    assert rule("azure", "3.11", model="gpt-4o").name == "kong-openai-3.11"
    assert rule("gemini", model="claude-sonnet-4@20250514").name == "kong-anthropic-vertex"


def test_which_streams_tell_counts() -> None:
    with_counts = {name for name in ("openai", "azure", "mistral", "cohere", "llama2") if streams_have_counts(name)}
    assert with_counts == {"cohere", "llama2"}
    assert all(map(streams_have_counts, ("anthropic", "gemini", "bedrock")))


def test_models_whose_answers_are_not_text() -> None:
    found = media_model("gemini-2.5-flash-image")
    assert found is not None
    assert (found.output, found.doubtful) == ("image_output_tokens", True)
    assert media_model("gemini-2.5-flash") is None
