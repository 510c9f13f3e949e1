"""Costs worked out by hand from published prices and bug reports, through the packaged price books.

`published_examples/` has a file a provider. Every example names its source and its working; one that the provider does
not publish all prices of says `evidence = "estimated"`. Prices of the past do not change: these numbers hold for good.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gatemeter.llm.call import context_above
from gatemeter.pricing.cost import price_usage
from gatemeter.schema.units import UNITS, UnitKind
from tests.support.packaged_prices import packaged_table
from tests.support.price_books import hour_s, usage, yoctos

_FOLDER = Path(__file__).parent / "published_examples"
_FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["examples"] for path in _FOLDER.glob("*.toml")}
_INPUT_UNITS = {unit.name for unit in UNITS if unit.kind is UnitKind.INPUT_TOKENS}
_TEN_EACH = {"openai", "anthropic", "google", "bedrock", "azure", "mistral", "deepseek", "xai"}


_EXAMPLES = [
    pytest.param(example, id=f"{provider}: {example['name']}")
    for provider, examples in sorted(_FILES.items())
    for example in examples
]


@pytest.mark.parametrize("example", _EXAMPLES)
def test_a_published_example_costs_what_it_says(example: dict[str, Any]) -> None:
    units = example["units"]
    input_tokens = sum(count for name, count in units.items() if name in _INPUT_UNITS)
    priced = price_usage(
        usage(
            example["model"],
            at=hour_s(example["at"]) // 3600 * 3600,
            context_above_tokens=context_above(input_tokens),
            service_tier=example.get("service_tier", ""),
            modifiers=example.get("modifiers", ""),
            **units,
        ),
        packaged_table(),
    )
    found = (priced.cost_computed_yoctos, str(priced.evidence))
    assert found == (yoctos(example["amount"]), example.get("evidence", "computed")), [gap.text for gap in priced.gaps]


def test_each_large_provider_has_ten_examples_with_source_and_working() -> None:
    assert {name for name, examples in _FILES.items() if len(examples) >= 10} >= _TEN_EACH
    assert all(example["source"].strip() and example["working"].strip() for each in _FILES.values() for example in each)


def test_no_two_examples_of_a_provider_share_a_name() -> None:
    names = Counter((provider, example["name"]) for provider, examples in _FILES.items() for example in examples)
    assert [name for name, count in names.items() if count > 1] == []
