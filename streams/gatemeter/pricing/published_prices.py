"""Published prices, as the package `genai-prices` collects them, as a price book.

The package is an extra (`gatemeter[prices]`), needed to refresh a book and not to price anything.
"""

from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, TypeVar

from gatemeter.errors import InstallError
from gatemeter.llm.modifiers import SERVICE_TIER, modifiers_text
from gatemeter.pricing.price_book import DatedRates, PriceBook, PriceEntry, ServicePrice
from gatemeter.pricing.published_names import PublishedNames, published_names
from gatemeter.pricing.published_timeline import NoUsablePriceError, missing_of, priced_variants, standard_prices

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

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
    """The providers that a gateway can name, as a book; `left_out` lists what is not in it."""
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
    """One entry for each model; the global profile of Bedrock is a modifier of the entry for the model."""
    found: dict[str, PriceEntry] = {}
    worldwide: dict[str, PriceEntry] = {}
    for model in provider.models:
        names = published_names(provider.id, model)
        entry = _entry(provider.id, model, names, left_out)
        if entry is not None:
            (worldwide if names.is_global else found)[entry.model] = entry
    for name, entry in worldwide.items():
        # A model that is sold worldwide only would have no standard price; the package has none such.
        found[name] = _with_global_prices(found[name], entry) if name in found else entry
    yield from found.values()


def _entry(
    provider: str, model: "ModelInfo", names: PublishedNames, left_out: dict[str, list[str]]
) -> PriceEntry | None:
    place = f"{provider}/{model.id}"
    for text in names.lost:
        left_out.setdefault(_LOST_NAMES, []).append(f"{place}: {text}")
    missing = (*missing_of(model), *_SPECIAL.get((provider, model.id), ()), *_OF_PROVIDER.get(provider, ()))
    for text in missing:
        left_out.setdefault(text, []).append(place)
    try:
        prices, mixed_hours = standard_prices(model)
    except NoUsablePriceError as reason:
        left_out.setdefault(str(reason), []).append(place)
        return None
    for hour in mixed_hours:
        left_out.setdefault("hours (UTC) in which the price changes", []).append(f"{place} {hour}:00")
    variants = priced_variants(model, prices)
    if _is_grounded(provider, model.id, prices):
        left_out.setdefault(_GROUNDING, []).append(place)
        prices = tuple(map(_without_searches, prices))
        variants = {text: tuple(map(_without_searches, each)) for text, each in variants.items()}
    tiers = {text.removeprefix(_TIER): each for text, each in variants.items() if _is_tier(text)}
    others = {text: each for text, each in variants.items() if not _is_tier(text)}
    return PriceEntry(
        provider=provider,
        model=names.model,
        names=names.names,
        suffixes=names.suffixes,
        doubtful="; ".join(missing) or None,
        prices=prices,
        service_tiers=tiers,
        modifiers=others | {f"inference_profile={each}": (_UNCHANGED,) for each in names.profiles},
    )


_GROUNDING = "searches of Gemini are free up to an allowance, then cost by the prompt or the query: no log tells which"
"""https://ai.google.dev/gemini-api/docs/pricing: 35 per 1000 grounded prompts of Gemini 2 beyond 1500 a day, 14 per
1000 queries of Gemini 3 beyond 5000 a month. Without a price, a call with searches costs "at least" its tokens."""

_LOST_NAMES = "rules for names that are neither names nor snapshots"
_SPECIAL = {
    ("groq", name): ("every request is billed for at least 10 seconds of audio",)
    for name in ("whisper-large-v3", "whisper-large-v3-turbo")
}
"""What the package's code knows and its prices do not say: https://console.groq.com/docs/speech-to-text."""

_OF_PROVIDER = {
    "zhipuai": ("billed in yuan by the size of input and output: dollars for the smallest, at a fixed rate",),
}
"""What holds for all prices of a provider: https://open.bigmodel.cn/pricing. The package's comment names the rate (7.25
yuan a dollar) and the sizes."""

D = TypeVar("D", bound=DatedRates)


def _is_grounded(provider: str, model: str, prices: Sequence[DatedRates]) -> bool:
    is_gemini = provider == "google" and model.startswith("gemini")
    return is_gemini and any(price.per_web_search is not None for price in prices)


def _without_searches(price: D) -> D:
    tiers = tuple(tier.model_copy(update={"per_web_search": None}) for tier in price.context)
    return price.model_copy(update={"per_web_search": None, "context": tiers})


_TIER = f"{SERVICE_TIER}="
_UNCHANGED = ServicePrice.model_validate({"factor": 1})


def _is_tier(modifiers: str) -> bool:
    return modifiers.startswith(_TIER) and "," not in modifiers


def _with_global_prices(entry: PriceEntry, worldwide: PriceEntry) -> PriceEntry:
    """`entry` with the prices of the global profile, where they differ from the regional ones."""
    if worldwide.prices == entry.prices and not worldwide.service_tiers and not worldwide.modifiers:
        prices: tuple[ServicePrice, ...] = (_UNCHANGED,)
    else:
        prices = tuple(ServicePrice.model_validate(price.model_dump(by_alias=True)) for price in worldwide.prices)
    profiles = {"inference_profile=global": prices} | {
        modifiers_text({"inference_profile": "global", SERVICE_TIER: tier}): each
        for tier, each in worldwide.service_tiers.items()
    }
    names = dict.fromkeys((*entry.names, *worldwide.names))
    names.pop(entry.model.lower(), None)
    return entry.model_copy(update={"names": tuple(names), "modifiers": entry.modifiers | profiles})
