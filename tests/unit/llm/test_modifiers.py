"""What decides about a price besides the model, as providers tell it."""

from typing import Any

import pytest

from gatemeter.llm.modifiers import modifiers_text, priced_tier, read_modifiers, told_modifiers


@pytest.mark.parametrize(
    ("logged", "tier"),
    [
        *(("Default", ""), (" auto ", ""), ("Priority", "priority"), ("", ""), ("on_demand", "")),
        *(("ON_DEMAND_FLEX", "flex"), ("SERVICE_TIER_PRIORITY", "priority"), ("SERVICE_TIER_STANDARD", "")),
    ],
)
def test_the_ordinary_tier_has_no_name(logged: str, tier: str) -> None:
    assert priced_tier(logged) == tier


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"service_tier": "flex", "trafficType": "ON_DEMAND"}, {"service_tier": "flex"}),
        ({"serviceTier": {"type": "reserved"}}, {"service_tier": "reserved"}),
        ({"speed": "standard", "inference_geo": "global"}, {"speed": "", "inference_geo": ""}),
        ({"speed": "fast", "inference_geo": "US"}, {"speed": "fast", "inference_geo": "us"}),
        ({"search_context_size": "high"}, {"search_context_size": "high"}),
        ({"performanceConfig": {"latency": "optimized"}}, {"latency": "optimized"}),
        ({"performanceConfig": {"latency": "standard"}}, {"latency": ""}),
        ({"is_byok": True}, {"key": "own"}),
        ({"is_byok": False, "speed": 3, "service_tier": None}, {}),
        ({"service_tier": "stan`dard", "speed": "x" * 65}, {"service_tier": "(other)", "speed": "(other)"}),
    ],
)
def test_each_provider_tells_modifiers_its_own_way(fields: dict[str, Any], told: dict[str, str]) -> None:
    assert told_modifiers(fields) == told


def test_what_is_written_is_read_back_without_what_is_ordinary() -> None:
    text = modifiers_text({"speed": "Fast", "inference_geo": "", "route": "a,b=c"})
    assert text == "route=a b c,speed=fast"
    assert read_modifiers(text, "flex") == (("route", "a b c"), ("service_tier", "flex"), ("speed", "fast"))
