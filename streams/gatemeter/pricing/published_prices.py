"""Published prices, as the package `genai-prices` collects them, as a price book.

The package is an extra (`gatemeter[prices]`), needed to refresh a book and not to price anything.
"""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING

from gatemeter.errors import InstallError
from gatemeter.pricing.price_book import ModelMatch, PriceBook, PriceEntry
from gatemeter.pricing.published_timeline import NoUsablePriceError, service_tiers, standard_prices

if TYPE_CHECKING:
    from genai_prices.types import MatchLogic, ModelInfo, Provider

_PACKAGE = "genai-prices"

PROVIDERS = (
    "anthropic",
    "aws",
    "azure",
    "cerebras",
    "cohere",
    "databricks",
    "deepseek",
    "fireworks",
    "google",
    "groq",
    "mistral",
    "moonshotai",
    "openai",
    "together",
    "x-ai",
    "zhipuai",
)
"""Providers that a gateway can name, or that it can be pointed at; the providers of Hugging Face come on top."""

_HUGGING_FACE = "huggingface_"

ALIASES = {"bedrock": "aws", "gemini": "google", "kimi": "moonshotai", "vertex": "google", "xai": "x-ai"}
"""What Kong calls a provider -> what the package calls it. `huggingface` has no alias: the event does not say which of
its inference providers answered, and so not at which price."""

STANDARD: dict[str, tuple[str, ...]] = {"service_tier": ("default", "on_demand", "standard")}
"""The values of modifiers that the published standard prices are for."""


def published_book() -> PriceBook:
    """The prices in the installed `genai-prices`. Raises InstallError where it is not installed."""
    try:
        from genai_prices.data import providers
    except ImportError as error:
        raise InstallError(
            f"the package {_PACKAGE} is not installed", do="install it: pip install 'gatemeter[prices]'"
        ) from error
    return book_of(providers, source=f"{_PACKAGE} {metadata.version(_PACKAGE)}")


def book_of(providers: "list[Provider]", source: str) -> PriceBook:
    """The providers that a gateway can name, as a book; `left_out` lists the models without a usable price."""
    wanted = {each.id: each for each in providers if each.id in PROVIDERS or each.id.startswith(_HUGGING_FACE)}
    left_out: dict[str, list[str]] = {}
    entries = [entry for name in sorted(wanted) for entry in _entries(wanted[name], left_out)]
    return PriceBook(
        currency="USD",
        source=source,
        left_out={reason: tuple(names) for reason, names in sorted(left_out.items())},
        aliases=ALIASES,
        fallbacks={
            name: others
            for name, provider in sorted(wanted.items())
            if (others := tuple(other for other in provider.fallback_model_providers or () if other in wanted))
        },
        standard=STANDARD,
        entries=tuple(entries),
    )


def _entries(provider: "Provider", left_out: dict[str, list[str]]) -> Iterator[PriceEntry]:
    for model in provider.models:
        name = f"{provider.id}/{model.id}"
        try:
            entry, mixed_hours = _entry(provider.id, model)
        except NoUsablePriceError as reason:
            left_out.setdefault(str(reason), []).append(name)
            continue
        for hour in mixed_hours:
            left_out.setdefault("hours (UTC) in which the price changes", []).append(f"{name} {hour}:00")
        yield entry


def _entry(provider: str, model: "ModelInfo") -> tuple[PriceEntry, list[int]]:
    prices, mixed_hours = standard_prices(model)
    match = model_match(model.match)
    entry = PriceEntry(
        provider=provider,
        model=model.id,
        match=None if match == ModelMatch(equals=(model.id,)) else match,
        prices=prices,
        service_tiers=service_tiers(model, prices),
    )
    return entry, mixed_hours


def model_match(clause: "MatchLogic") -> ModelMatch:
    """A clause of `genai-prices` as a match: alternatives by kind, everything else as regular expressions."""
    texts: dict[str, list[str]] = {}
    for kind, text in _alternatives(clause):
        known = texts.setdefault(kind, [])
        if text not in known:
            known.append(text)
    return ModelMatch(**{kind: tuple(known) for kind, known in texts.items()})


def _alternatives(clause: "MatchLogic") -> Iterator[tuple[str, str]]:
    from genai_prices import types

    match clause:
        case types.ClauseOr():
            for each in clause.or_:
                yield from _alternatives(each)
        case types.ClauseAnd():
            yield "regex", "^" + "".join(f"(?=.*?(?:{_expression(each)}))" for each in clause.and_)
        case types.ClauseEquals():
            yield "equals", clause.equals
        case types.ClauseStartsWith():
            yield "starts_with", clause.starts_with
        case types.ClauseEndsWith():
            yield "ends_with", clause.ends_with
        case types.ClauseContains():
            yield "contains", clause.contains
        case types.ClauseRegex():
            yield "regex", clause.regex


def _expression(clause: "MatchLogic") -> str:
    """A regular expression that finds something in a name exactly where the clause matches the name."""
    forms = {"equals": "^{}$", "starts_with": "^{}", "ends_with": "{}$", "contains": "{}"}
    return "|".join(
        text if kind == "regex" else forms[kind].format(re.escape(text)) for kind, text in _alternatives(clause)
    )
