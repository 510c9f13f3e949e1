"""Which price counts: by provider, model, hour, consumer, context and service tier."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.llm.modifiers import read_modifiers
from gatemeter.pricing.book_files import book_from_text
from gatemeter.pricing.price import Price
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.units import UNIT_NAMES
from tests.support.price_books import NOON, hour_s, table

_INPUT = UNIT_NAMES.index("fresh_input_tokens")
_PER_TOKEN = 10**18


def input_price(price: Price | None) -> float | None:
    """Currency units per million input tokens; all of these tests use small whole numbers and halves."""
    rate = None if price is None else price.rates[_INPUT]
    return None if rate is None else rate.yoctos / _PER_TOKEN


MODELS = table(
    """
    aliases.bedrock = "aws"

    [[entries]]
    provider = "openai"
    model = "gpt-4o"
    prices = {input = 1}

    [[entries]]
    provider = "openai"
    model = "mini"
    match = {equals = ["mini-1", "mini-2"], starts_with = "mini-3"}
    prices = {input = 2}

    [[entries]]
    provider = "openai"
    model = "rest"
    match = {contains = "-3", ends_with = "-x", regex = '^Y\\d$'}
    prices = {input = 3}

    [[entries]]
    provider = "aws"
    model = "nova"
    match = {contains = "amazon.nova"}
    prices = {input = 4}
    """
)


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("openai", "gpt-4o", 1),
        ("OpenAI", "GPT-4o", 1),
        ("openai", "gpt-4o-2024-08-06", None),
        ("openai", "mini", None),
        ("openai", "mini-2", 2),
        ("openai", "mini-30-turbo", 2),
        ("openai", "mono-3", 3),
        ("openai", "a-x", 3),
        ("openai", "y7", 3),
        ("openai", "y77", None),
        ("bedrock", "us.amazon.nova-lite-v1:0", 4),
        ("aws", "amazon.nova-lite-v1:0", 4),
        ("azure", "gpt-4o", None),
        ("", "gpt-4o", None),
        ("UNSPECIFIED", "gpt-4o", None),
        ("openai", "UNSPECIFIED", None),
        ("openai", "", None),
    ],
)
def test_a_model_is_found_under_its_provider_only(provider: str, model: str, price: int | None) -> None:
    assert input_price(MODELS.find(provider, [model], NOON)) == price


def test_what_answered_is_tried_before_what_was_asked_for() -> None:
    assert input_price(MODELS.find("openai", ["mini-1", "gpt-4o"], NOON)) == 2
    assert input_price(MODELS.find("openai", ["gpt-4o", "mini-1"], NOON)) == 1
    assert input_price(MODELS.find("openai", ["unknown", "mini-1"], NOON)) == 2
    assert input_price(MODELS.find("openai", ["UNSPECIFIED", "mini-1"], NOON)) == 2


DATED = table(
    """
    [[entries]]
    provider = "p"
    model = "m"
    prices = [
      {from = 2026-03-01, input = 3},
      {from = 2026-02-01, input = 2},
      {from = 2026-02-01, utc_hours = ["1-4", "22-24"], input = 5},
    ]

    [[entries]]
    provider = "p"
    model = "half"
    prices = [
      {utc_hours = "22-2", input = 7},
      {from = 2026-04-01T09:00:00Z, input = 8},
    ]
    """
)


@pytest.mark.parametrize(
    ("model", "at", "price"),
    [
        ("m", "2026-01-31T23:00", None),
        ("m", "2026-02-01T00:00", 2),
        ("m", "2026-02-01T01:00", 5),
        ("m", "2026-02-01T03:00", 5),
        ("m", "2026-02-01T04:00", 2),
        ("m", "2026-02-28T21:00", 2),
        ("m", "2026-02-28T23:00", 5),
        ("m", "2026-03-01T00:00", 3),
        ("m", "2026-03-01T01:00", 3),
        ("half", "2026-01-01T21:00", None),
        ("half", "2026-01-01T22:00", 7),
        ("half", "2026-01-01T01:00", 7),
        ("half", "2026-01-01T02:00", None),
        ("half", "2026-04-01T08:00", None),
        ("half", "2026-04-01T09:00", 8),
    ],
)
def test_the_hour_of_the_event_picks_the_price(model: str, at: str, price: int | None) -> None:
    assert input_price(DATED.find("p", [model], hour_s(at))) == price


SEED_LIKE = """
    entries = [
      {provider = "p", model = "m", prices = {input = 1}},
      {provider = "p", model = "other", prices = {input = 9}},
    ]
"""
OVERRIDES = """
    entries = [
      {provider = "p", model = "m", consumer = "acme", prices = {from = 2026-02-01, input = 3}},
      {provider = "p", model = "m", prices = {input = 2}},
    ]
"""
NEWER = "\nentries = [{provider = 'p', model = 'm', prices = {from = 2026-03-01, input = 4}}]"


@pytest.mark.parametrize(
    ("model", "at", "consumers", "price"),
    [
        ("m", "2026-01-01T00:00", ("id-1", "acme", ""), 2),
        ("m", "2026-02-01T00:00", ("id-1", "acme", ""), 3),
        ("m", "2026-02-01T00:00", ("acme", "", ""), 3),
        ("m", "2026-02-01T00:00", ("id-1", "", "acme"), 3),
        ("m", "2026-02-01T00:00", ("id-1", "Acme", ""), 2),
        ("m", "2026-02-01T00:00", ("", "", ""), 2),
        ("m", "2026-03-01T00:00", ("id-1", "acme", ""), 3),
        ("m", "2026-03-01T00:00", (), 4),
        ("other", "2026-03-01T00:00", ("acme",), 9),
    ],
)
def test_consumer_prices_win_and_later_books_win(model: str, at: str, consumers: tuple[str, ...], price: int) -> None:
    prices = table(SEED_LIKE, OVERRIDES, NEWER)
    assert input_price(prices.find("p", [model], hour_s(at), consumers)) == price


CONTEXT = table(
    "\nentries = [{provider = 'p', model = 'm', prices = "
    "{input = 1, context = [{above = 200000, input = 2}, {above = 128000, input = 1.5}]}}]"
)


@pytest.mark.parametrize(
    ("context_above_tokens", "price"),
    [(0, 1), (100_000, 1), (128_000, 1.5), (199_999, 1.5), (200_000, 2), (1_000_000, 2)],
)
def test_the_highest_tier_below_the_context_counts(context_above_tokens: int, price: float) -> None:
    found = CONTEXT.find("p", ["m"], NOON, context_above_tokens=context_above_tokens)
    assert input_price(found) == price


TIERS = table(
    """
    standard.service_tier = ["default"]
    [[entries]]
    provider = "p"
    model = "m"
    prices = {input = 2, context = {above = 200000, input = 6}}
    service_tiers.Priority = {factor = 1.75}
    service_tiers.batch = [{from = 2026-03-01, input = 1}]
    """
)


@pytest.mark.parametrize(
    ("tier", "at", "above", "price", "is_estimate"),
    [
        ("", "2026-02-01T00:00", 0, 2, False),
        ("default", "2026-02-01T00:00", 0, 2, False),
        ("DEFAULT", "2026-02-01T00:00", 0, 2, False),
        ("priority", "2026-02-01T00:00", 0, 3.5, False),
        ("priority", "2026-02-01T00:00", 200_000, 10.5, False),
        ("batch", "2026-02-28T23:00", 0, 2, True),
        ("batch", "2026-03-01T00:00", 0, 1, False),
        ("scale", "2026-02-01T00:00", 0, 2, True),
    ],
)
def test_a_service_tier_has_its_own_price_or_a_factor(
    tier: str, at: str, above: int, price: float, is_estimate: bool
) -> None:
    found = TIERS.find("p", ["m"], hour_s(at), context_above_tokens=above, modifiers=read_modifiers("", tier))
    assert found is not None
    assert (input_price(found), bool(found.gaps)) == (price, is_estimate)


def test_a_fallback_price_is_an_estimate_and_comes_last() -> None:
    prices = table(
        """
        fallbacks.azure = ["openai"]
        entries = [
          {provider = "openai", model = "a", prices = {input = 1}},
          {provider = "openai", model = "b", prices = {input = 2}},
          {provider = "azure", model = "a", prices = {input = 3}},
        ]
        """
    )
    own, borrowed = prices.find("azure", ["a"], NOON), prices.find("azure", ["b"], NOON)
    assert own is not None
    assert borrowed is not None
    assert (input_price(own), bool(own.gaps)) == (3, False)
    assert (input_price(borrowed), bool(borrowed.gaps)) == (2, True)
    assert prices.find("openai", ["b"], NOON).gaps == ()  # type: ignore[union-attr]


def version(entry: str, **find: object) -> str:
    found = table(f"\nentries = [{entry}]").find("p", ["m"], NOON, **find)  # type: ignore[arg-type]
    assert found is not None
    return found.version


def test_a_version_names_the_price_and_depends_on_nothing_else() -> None:
    plain = "{provider = 'p', model = 'm', prices = {from = 2026-01-01, input = 1, output = 2}}"
    assert version(plain).startswith("p/m@2026-01-01#")
    assert len(version(plain).partition("#")[2]) == 8
    assert version(plain) == version(
        "{provider = 'p', model = 'm', prices = {output = 2.0, input = 1.00, from = 2026-01-01}}"
    )
    assert version(plain) == version(plain, modifiers=read_modifiers("speed=fast", "unheard-of"))


@pytest.mark.parametrize(
    "other",
    [
        "{provider = 'p', model = 'm', prices = {from = 2026-01-01, input = 1, output = 3}}",
        "{provider = 'p', model = 'm', prices = {from = 2026-01-01, output = 1, input = 2}}",
        "{provider = 'p', model = 'm', prices = {from = 2026-01-02, input = 1, output = 2}}",
        "{provider = 'p', model = 'm', prices = {from = 2026-01-01, input = 1, output = 2, per_call = 0}}",
        "{provider = 'p', model = 'n', match = {equals = 'm'}, prices = {from = 2026-01-01, input = 1, output = 2}}",
        "{provider = 'p', model = 'm', consumer = 'c', prices = {from = 2026-01-01, input = 1, output = 2}}",
    ],
)
def test_another_price_has_another_version(other: str) -> None:
    plain = "{provider = 'p', model = 'm', prices = {from = 2026-01-01, input = 1, output = 2}}"
    assert version(other, consumers=["c"]).partition("#")[2] != version(plain).partition("#")[2]


def test_versions_name_tier_context_and_consumer() -> None:
    entry = (
        "{provider = 'p', model = 'm', consumer = 'c', prices = {input = 1, context = {above = 8000, input = 2}}, "
        "service_tiers = {flex = {factor = 0.5}}}"
    )
    assert version(entry, consumers=["c"], modifiers=read_modifiers("", "flex"), context_above_tokens=8000).startswith(
        "p/m flex >8000 for c#"
    )


def test_a_version_is_known_whatever_its_hour_tier_and_context() -> None:
    prices = """
        [[entries]]
        provider = "p"
        model = "m"
        prices = [
          {input = 1, context = {above = 8000, input = 2}},
          {from = 2026-01-01, input = 3},
          {from = 2026-01-01, utc_hours = "3-4", input = 4},
        ]
        service_tiers.Flex = {factor = 0.5}
        service_tiers.priority = {from = 2026-01-01, input = 6}
        """
    found = [
        table(prices).find("p", ["m"], hour_s(when), context_above_tokens=context, modifiers=read_modifiers("", tier))
        for when in ("2025-12-31T03", "2026-02-01T02", "2026-02-01T03")
        for context in (0, 8000)
        for tier in ("", "flex", "priority")
    ]
    versions = {price.version for price in found if price is not None}
    assert len(versions) == 9
    assert all(table(prices).has_version(version) for version in versions)
    assert not any(table(prices.replace("input = ", "input = 7")).has_version(version) for version in versions)


def test_books_in_two_currencies_are_refused() -> None:
    books = [book_from_text(f"currency = '{currency}'", currency) for currency in ("USD", "EUR")]
    with pytest.raises(SettingsError, match="price books are in EUR and USD; give all of them in one currency"):
        PriceTable.from_books(books)


def test_a_price_without_a_date_is_doubtful_before_it_is_known() -> None:
    found = table(
        """
        known_since = 2026-02-01

        [[entries]]
        provider = "openai"
        model = "m"
        prices = [{input = 1}, {from = 2026-01-01T05:00:00Z, input = 2}]

        [[entries]]
        provider = "openai"
        model = "n"
        prices = {input = 1}
        """
    )
    asked = (("m", "2025-12-31T23:00"), ("m", "2026-01-15T10:00"), ("n", "2026-01-31T23:00"), ("n", "2026-02-01T00:00"))
    prices = [found.find("openai", [name], hour_s(at)) for name, at in asked]
    assert [bool(price and price.gaps) for price in prices] == [True, False, True, False]
