"""What price books may say and probably do not mean."""

from collections.abc import Iterator

from gatemeter.pricing.price_book import PriceBook, PriceEntry


def lint_warnings(book: PriceBook, seed: PriceBook) -> Iterator[str]:
    """A sentence for each entry that never applies, has no output price, or names a provider that `seed` lacks."""
    known = {entry.provider.lower() for entry in seed.entries} | {name.lower() for name in seed.aliases}
    seen: dict[tuple[str, ...], int] = {}
    for number, entry in enumerate(book.entries, 1):
        place = f"entry {number} ({entry.provider}/{entry.model})"
        identity = (entry.provider.lower(), entry.model.lower(), entry.consumer or "", repr(entry.match))
        if identity in seen:
            yield f"{place} never applies: entry {seen[identity]} is for the same and comes first"
        seen.setdefault(identity, number)
        if _has_input_alone(entry):
            yield f"{place} has no output price: calls with output tokens will be unpriced"
        if entry.provider.lower() not in known:
            yield f"{place}: the packaged book knows no provider {entry.provider}; is it spelled as in the log?"


def _has_input_alone(entry: PriceEntry) -> bool:
    named = {name for price in entry.prices for name in price.given()}
    return "input" in named and "output" not in named and "embed" not in entry.model.lower()
