"""The differences from LiteLLM that the comparison knows are those that docs/pricing.md explains."""

from tests.support.drawn_usages import drawn_usages
from tests.support.litellm_costs.differences import PRICE_DIFFERENCES
from tests.support.litellm_costs.litellm_rules import Rule
from tests.support.repository import ROOT


def explained_kinds() -> set[str]:
    """The first cells of the tables about LiteLLM."""
    text = (ROOT / "docs/pricing.md").read_text(encoding="utf-8")
    section = text.partition("### Where costs differ from LiteLLM's\n")[2].partition("\n##")[0]
    cells = {line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")}
    return cells - {"---", "what is counted", "kind"}


def test_every_kind_of_difference_is_explained_in_the_docs() -> None:
    kinds = [*Rule, *(difference.kind for difference in PRICE_DIFFERENCES)]
    assert sorted(kinds) == sorted(explained_kinds())


def test_every_difference_of_prices_has_a_source_and_drawn_usages() -> None:
    drawn = {usage.text for usage in drawn_usages()}
    for difference in PRICE_DIFFERENCES:
        assert difference.source.startswith("https://")
        assert difference.usages
        assert difference.usages <= drawn
