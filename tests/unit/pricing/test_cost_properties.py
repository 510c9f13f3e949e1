"""A row costs what its calls cost together, in whatever order they came."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.pricing.cost import price_usage
from gatemeter.pricing.price import RATE_NAMES
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.units import UNITS
from tests.support.price_books import NOON, book

PRICES_OF_ANY_SIZE = st.decimals(min_value=0, max_value=10**6, places=18, allow_nan=False).map(
    lambda price: f"{price:f}"
)


@st.composite
def tables(draw: st.DrawFn) -> PriceTable:
    prices = {name: draw(PRICES_OF_ANY_SIZE) for name in RATE_NAMES}
    fields = ", ".join(f"{name} = {price}" for name, price in prices.items())
    return PriceTable.from_books([book(f"\nentries = [{{provider = 'p', model = 'm', prices = {{{fields}}}}}]")])


COUNTS = st.integers(0, 10**9)
# All units together cost less than can be stored.
PIECES = st.integers(0, 10**4)
CALLS = st.builds(
    PricedUsage,
    hour_s=st.just(NOON),
    outcome=st.just("provider"),
    tokens_evidence=st.just("reported"),
    provider=st.just("p"),
    response_model=st.just("m"),
    calls=st.integers(0, 2),
    counts=st.tuples(*(COUNTS if unit.is_token else PIECES for unit in UNITS)),
    embeddings_provider=st.just("p"),
    embeddings_model=st.just("m"),
    embeddings_evidence=st.just("reported"),
    embeddings_tokens=COUNTS,
)


def merged(calls: list[PricedUsage]) -> PricedUsage:
    return replace(
        calls[0],
        calls=sum(call.calls for call in calls),
        counts=tuple(map(sum, zip(*(call.counts for call in calls), strict=True))),
        embeddings_tokens=sum(call.embeddings_tokens for call in calls),
    )


@given(
    tables(),
    st.lists(CALLS, min_size=1, max_size=8),
    st.sampled_from(["provider", "blocked", "cache_hit", "failed", "unknown"]),
    st.sampled_from(["reported", "estimated", "missing"]),
)
def test_the_cost_of_a_row_is_the_sum_of_the_costs_of_its_calls(
    prices: PriceTable, calls: list[PricedUsage], outcome: str, evidence: str
) -> None:
    calls = [replace(call, outcome=outcome, tokens_evidence=evidence) for call in calls]
    together = price_usage(merged(calls), prices)
    apart = [price_usage(call, prices) for call in calls]
    numbers = [sum(column) for column in zip(*(each.columns()[:4] for each in apart), strict=True)]
    assert list(together.columns()[:4]) == numbers
    assert {each.columns()[4:] for each in apart} == {together.columns()[4:]}


@given(tables(), st.lists(CALLS, min_size=2, max_size=6), st.data())
def test_order_and_grouping_change_nothing(prices: PriceTable, calls: list[PricedUsage], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(calls))
    cut = data.draw(st.integers(1, len(calls) - 1))
    in_two = [price_usage(merged(part), prices).cost_computed_yoctos for part in (shuffled[:cut], shuffled[cut:])]
    assert sum(in_two) == price_usage(merged(calls), prices).cost_computed_yoctos


@given(tables(), CALLS)
def test_an_answer_that_the_client_did_not_get_costs_as_much(prices: PriceTable, call: PricedUsage) -> None:
    blocked = replace(call, outcome="blocked")
    assert price_usage(blocked, prices).columns() == price_usage(call, prices).columns()
