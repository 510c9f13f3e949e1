"""Which model a logged name is: exactly, by alias, snapshot or decoration; a prefix is another model."""

import pytest

from gatemeter.pricing.book_files import packaged_books
from gatemeter.pricing.cost import CostEvidence, price_usage
from gatemeter.pricing.price_table import PriceTable
from tests.support.packaged_prices import packaged_table
from tests.support.price_books import NOON, book, hour_s, input_rate, table, usage

BOOK = """
[[entries]]
provider = "openai"
model = "gpt-4o"
names = ["gpt-4o-alias"]
prices = {input = 1, output = 1}

[[entries]]
provider = "openai"
model = "gpt-4o-2024-05-13"
prices = {input = 2, output = 2}

[[entries]]
provider = "openai"
model = "ft:gpt-4o"
prices = {input = 3, output = 3}

[[entries]]
provider = "openai"
model = "gpt-4.1"
prices = {input = 4, output = 4}

[[entries]]
provider = "anthropic"
model = "claude-sonnet-4-5"
prices = {input = 5, output = 5}

[[entries]]
provider = "aws"
model = "amazon.titan-embed-text-v1"
names = ["amazon.titan-embed-text"]
prices = {input = 13}

[[entries]]
provider = "aws"
model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
names = ["claude-sonnet-4-5-20250929"]
prices = {input = 6, output = 6}
modifiers."inference_profile=global" = {input = 7, output = 7}
modifiers."inference_profile=eu" = {factor = 1}

[[entries]]
provider = "google"
model = "gemini-2.5-pro"
prices = {input = 8, output = 8}

[[entries]]
provider = "google"
model = "claude-sonnet-4-5"
prices = {input = 9, output = 9}

[[entries]]
provider = "mistral"
model = "magistral-medium"
suffixes = "-YYMM"
prices = {input = 10, output = 10}

[[entries]]
provider = "mistral"
model = "mistral-large"
prices = {input = 11, output = 11}

[[entries]]
provider = "azure"
model = "o3"
prices = {input = 12, output = 12}
"""


def packaged_names() -> PriceTable:
    """`BOOK` with the packaged rules for names, and without any other price."""
    names = packaged_books()[0]
    fallbacks = 'fallbacks = {azure = ["openai"]}\naliases = {bedrock = "aws", gemini = "google", vertex = "google"}\n'
    return PriceTable.from_books([names, book(fallbacks + BOOK)])


TABLE = packaged_names()


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("openai", "GPT-4o", 1),
        ("openai", "gpt-4o-alias", 1),
        ("openai", "gpt-4o-2024-08-06", 1),
        ("openai", "gpt-4o-2024-05-13", 2),
        ("openai", "openai/gpt-4o", 1),
        ("openai", "ft:gpt-4o-2024-08-06:acme::abc123", 3),
        ("openai", "ft:gpt-4o:acme:support:abc123", 3),
        ("anthropic", "claude-sonnet-4-5-20250929", 5),
        ("anthropic", "anthropic/claude-sonnet-4-5", 5),
        ("anthropic", "anthropic.claude-sonnet-4-5", 5),
        ("bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", 6),
        ("bedrock", "amazon.titan-embed-text-v1:2", 13),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 6),
        ("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 6),
        ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", 7),
        ("bedrock", "bedrock/converse/global.anthropic.claude-sonnet-4-5-20250929-v1:0", 7),
        ("bedrock", "claude-sonnet-4-5-20250929", 6),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            7,
        ),
        (
            "bedrock",
            "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
            6,
        ),
        ("gemini", "models/gemini-2.5-pro", 8),
        ("gemini", "gemini/gemini-2.5-pro-preview-05-06", 8),
        ("vertex", "publishers/google/models/gemini-2.5-pro", 8),
        ("vertex", "projects/p/locations/global/publishers/google/models/gemini-2.5-pro", 8),
        ("gcp.vertex_ai", "vertex_ai/claude-sonnet-4-5@20250929", 9),
        ("mistral", "magistral-medium-2509", 10),
        ("mistral", "mistral/magistral-medium", 10),
    ],
)
def test_documented_names_of_a_model_are_priced_as_computed(provider: str, model: str, expected: int) -> None:
    price = TABLE.find(provider, [model], NOON)
    assert (input_rate(price), price.gaps if price else None) == (expected, ())


@pytest.mark.parametrize("model", ["gemini-2.5-pro-preview-12-2030", "gemini-2.5-pro-preview-12-30"])
def test_a_preview_that_nobody_documented_is_no_certain_price(model: str) -> None:
    price = TABLE.find("gemini", [model], NOON)
    assert price is None or price.gaps


@pytest.mark.parametrize("model", ["gemini-2.5-pro-12-2030", "gemini-2.5-pro-12-30"])
def test_a_date_alone_makes_another_model_of_google(model: str) -> None:
    assert TABLE.find("gemini", [model], NOON) is None


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o-2024-13-06"),
        ("openai", "gpt-4o-20240806"),
        ("openai", "gpt-4o-audio-preview-2024-12-17"),
        ("openai", "my-gpt-4o"),
        ("openai", "gpt-4"),
        ("anthropic", "claude-sonnet-4"),
        ("anthropic", "claude-sonnet-4-50"),
        ("gemini", "gemini-2.5-pro-tts"),
        ("gemini", "tunedModels/gemini-2.5-pro"),
        ("mistral", "mistral-large-2407"),
        ("azure", "gpt4-prod"),
        ("bedrock", "amazon.titan-embed-text-v2"),  # another model, for a fifth of the price
        ("bedrock", "amazon.titan-embed-text-v2:0"),
        ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"),
        ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc"),
    ],
)
def test_a_name_that_only_looks_alike_has_no_price(provider: str, model: str) -> None:
    assert TABLE.find(provider, [model], NOON) is None


@pytest.mark.parametrize(
    ("provider", "models", "expected", "gap"),
    [
        ("openai", ["ft:gpt-4.1-2025-04-14:acme::x"], 4, "a fine-tune has no price of its own"),
        ("azure", ["gpt-4o-2024-08-06.ft-0a1b"], 1, "a fine-tune has no price of its own"),
        ("openai", ["gpt-4o-9-mini", "gpt-4o"], 1, "gpt-4o-9-mini answered, and has no price"),
        ("azure", ["", "o3"], 12, "only the deployment's name is known"),
        ("azure", ["gpt-4o-2024-08-06", "gpt4-prod"], 1, "no price of azure: that of openai counts"),
        ("openrouter", ["anthropic/claude-sonnet-4-5"], 5, "OpenRouter sold the call"),
        ("openai", ["openrouter/mistralai/mistral-large"], 11, "OpenRouter sold the call"),
        ("bedrock", ["apac.anthropic.claude-sonnet-4-5-20250929-v1:0"], 6, "no price for inference_profile apac"),
        ("bedrock", ["us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"], 6, "no price for inference_profile us-gov"),
        (
            "bedrock",
            ["claude-sonnet-4-5-20250929", "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc"],
            6,
            "does not say by which route",
        ),
        (
            "bedrock",
            ["claude-sonnet-4-5-20250929", "arn:aws:bedrock:us-east-1:1:provisioned-model/abc"],
            6,
            "billed by the hour",
        ),
        (
            "bedrock",
            ["arn:aws:bedrock:eu-west-3::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"],
            6,
            "no price for region eu-west-3",
        ),
        (
            "vertex",
            ["projects/p/locations/europe-west1/publishers/google/models/gemini-2.5-pro"],
            8,
            "no price for location europe-west1",
        ),
    ],
)
def test_what_a_name_leaves_open_makes_the_price_an_estimate(
    provider: str, models: list[str], expected: int, gap: str
) -> None:
    price = TABLE.find(provider, models, NOON)
    assert price is not None
    assert (input_rate(price), any(gap in each.text for each in price.gaps)) == (expected, True)


def test_the_route_of_what_was_asked_for_decides_about_what_answered() -> None:
    models = ["claude-sonnet-4-5-20250929", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"]
    price = TABLE.find("bedrock", models, NOON)
    assert (input_rate(price), price.gaps if price else None) == (7, ())


def test_a_certain_match_goes_before_an_uncertain_one_of_a_later_book() -> None:
    own = '[[entries]]\nprovider = "openai"\nmodel = "gpt-5"\nprices = {input = 99}'
    packaged = '[[entries]]\nprovider = "openai"\nmodel = "gpt-5.9"\nprices = {input = 1}'
    assert input_rate(table(packaged, own).find("openai", ["gpt-5.9", "gpt-5"], NOON)) == 1


ALIASED = """
[[model_aliases]]
provider = "mistral"
name = "large-latest"
targets = [{model = "large-2"}, {from = 2025-12-02, model = "large-3"}]
source = "https://docs.mistral.ai"

[[entries]]
provider = "mistral"
model = "large-2"
names = "large-latest"
prices = {input = 2}

[[entries]]
provider = "mistral"
model = "large-3"
prices = {input = 3}
"""


@pytest.mark.parametrize(
    ("at", "expected"), [("2025-12-01T23:00", 2), ("2025-12-02T00:00", 3), ("2026-06-01T00:00", 3)]
)
def test_an_alias_names_the_model_of_the_hour(at: str, expected: int) -> None:
    prices = table(ALIASED)
    assert input_rate(prices.find("mistral", ["large-latest"], hour_s(at))) == expected
    assert input_rate(prices.find("mistral", ["large-2"], hour_s(at))) == 2


def test_an_alias_whose_date_is_not_known_makes_an_estimate() -> None:
    doubtful = ALIASED.replace('model = "large-2"}', 'model = "large-2", doubtful = "no date is known"}')
    before, after = (
        table(doubtful).find("mistral", ["large-latest"], hour_s(at)) for at in ("2025-12-01T23:00", "2025-12-02T00:00")
    )
    assert (input_rate(before), input_rate(after)) == (2, 3)
    assert [gap.text for gap in before.gaps] == [  # type: ignore[union-attr]
        "large-latest is taken for large-2: no date is known"
    ]
    assert after.gaps == ()  # type: ignore[union-attr]


def test_own_prices_for_an_alias_go_before_its_target() -> None:
    own = '[[entries]]\nprovider = "mistral"\nmodel = "large-latest"\nprices = {input = 9}'
    assert input_rate(table(ALIASED, own).find("mistral", ["large-latest"], NOON)) == 9


def test_an_alias_of_a_later_book_goes_before_the_names_of_an_earlier_one() -> None:
    old = '[[entries]]\nprovider = "p"\nmodel = "latest"\nprices = {input = 1}'
    new = """
    [[model_aliases]]
    provider = "p"
    name = "latest"
    targets = {model = "gone"}
    source = "s"
    """
    assert table(old, new).find("p", ["latest"], NOON) is None


def test_another_model_with_the_same_beginning_is_at_most_an_estimate() -> None:
    call = usage("openai/gpt-4o-ultra", fresh_input_tokens=10)
    assert price_usage(call, TABLE).evidence == CostEvidence.UNPRICED


@pytest.mark.parametrize("more", ["-ultra", "x9", ".9-mini", "@x", " 2"])
def test_no_packaged_name_stands_for_a_longer_one(more: str) -> None:
    packaged = packaged_table()
    longer = [
        (entry.entry.provider, name + more)
        for layer in packaged.layers
        for entry in layer
        for name in entry.entry.all_names
        if not name.startswith("ft:")  # what follows is the customer's own name
    ]
    prices = ((provider, name, packaged.find(provider, [name], NOON)) for provider, name in longer)
    known = {(provider, name) for provider, name, price in prices if price is not None and not price.gaps}
    assert len(longer) > 1000
    assert known == set()
