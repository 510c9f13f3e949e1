"""What is missing for the cost of an answer to be `computed`, by its counts and the rates for them."""

from collections.abc import Iterator, Mapping

from gatemeter.llm.call import EmbeddingsEvidence, TokensEvidence
from gatemeter.llm.requested_tools import REQUESTED
from gatemeter.llm.used_tokens import UNTOLD, UNTOLD_TIER
from gatemeter.pricing.gap import Bound, Gap
from gatemeter.pricing.price import Price, UnitRate
from gatemeter.pricing.priced_usage import PricedUsage
from gatemeter.schema.units import UNITS, Unit

UNCERTAIN: Mapping[str, str] = {
    TokensEvidence.ESTIMATED: "the gateway estimated the token counts",
    TokensEvidence.AMBIGUOUS: "the token counts can be read in several ways",
}
"""What evidence that still gives an estimate says about the counts."""


def gaps_of_counts(usage: PricedUsage, price: Price) -> Iterator[Gap]:
    """What the counts of an answer, and the rates of `price` for them, leave open."""
    evidence = UNCERTAIN.get(usage.tokens_evidence)
    if evidence:
        yield Gap(evidence)
    for unit, _, rate in priced_units(usage, price):
        if rate is None:
            yield Gap(f"{price.version} has no price {unit.rate.replace('_', ' ')}", Bound.AT_LEAST)
        elif rate.gap is not None:
            yield rate.gap
    for name in filter(None, usage.unknown_units.split(",")):
        yield Gap(_unknown_text(name), Bound.AT_MOST if name == UNTOLD_TIER else Bound.AT_LEAST)


def _unknown_text(name: str) -> str:
    if name.startswith(REQUESTED):
        return f"the request allows {name.removeprefix(REQUESTED)}, and no answer tells how often it was used"
    if name == UNTOLD_TIER:
        return "no answer tells that the service tier of the request was served"
    if name.startswith(UNTOLD):
        return f"no count tells the {name.removeprefix(UNTOLD).replace('_', ' ')}, which cost more"
    return f"the usage counts {name}, which no price is known for"


def gaps_of_embedding(usage: PricedUsage, price: Price | None) -> Iterator[Gap]:
    """What the tokens of the embedding, and its price, leave open."""
    if usage.embeddings_evidence == EmbeddingsEvidence.ESTIMATED:
        yield Gap("the tokens of the embedding are estimated")
    if price is not None:
        yield from price.gaps


def priced_units(usage: PricedUsage, price: Price) -> Iterator[tuple[Unit, int, UnitRate | None]]:
    """The units with a count, and their rates. A retraction counts below 0."""
    return (each for each in zip(UNITS, usage.counts, price.rates, strict=True) if each[1])
