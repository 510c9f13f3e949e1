"""A price book as TOML for people to review.

Every price is on a line of its own, entries keep their order, and the same book always gives the same text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from gatemeter.pricing.exchange_rates import ExchangeRate
from gatemeter.pricing.name_rules import AliasTarget, ModelAlias, ModelMatch, NameRule
from gatemeter.pricing.price import Rates, StrictModel
from gatemeter.pricing.price_book import (
    ContextTier,
    DatedFactor,
    DatedRates,
    PriceBook,
    PriceEntry,
    PriceModifier,
    ServicePrice,
)
from gatemeter.pricing.price_hours import day_spans_of, spans_of

_HEADER = """\
# Prices of language models, in currency units per million tokens. docs/pricing.md describes the fields.
# A changed price is appended with the date it begins at; what was billed stays as it is.
# To add or override prices, write a book of your own: this one is replaced with every version.
"""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def book_text(book: PriceBook) -> str:
    """TOML that `book_from_text` reads as `book`."""
    return "".join(f"{line}\n" for line in _lines(book))


def _lines(book: PriceBook) -> Iterator[str]:
    yield _HEADER.rstrip("\n")
    yield f"currency = {_string(book.currency)}"
    if book.source:
        yield f"source = {_string(book.source)}"
    if book.known_since:
        yield f"known_since = {_moment(book.known_since)}"
    if book.deployments:
        yield f"deployments = {_list(book.deployments)}"
    yield from _table("aliases", {name: [_string(provider)] for name, provider in book.aliases.items()})
    yield from _table("fallbacks", {name: [_list(others)] for name, others in book.fallbacks.items()})
    yield from _table("standard", {name: [_list(values)] for name, values in book.standard.items()})
    yield from _table("left_out", {reason: _column(map(_string, names)) for reason, names in book.left_out.items()})
    for rate in book.exchange_rates:
        yield from _exchange_rate(rate)
    for modifier in book.modifiers:
        yield from _modifier(modifier)
    for suffix in book.snapshot_suffixes:
        yield from (
            "",
            "[[snapshot_suffixes]]",
            f"providers = {_list(suffix.providers)}",
            *_texts(suffix, "form", "source"),
        )
    for rule in book.name_rules:
        yield from _name_rule(rule)
    for alias in book.model_aliases:
        yield from _model_alias(alias)
    for entry in book.entries:
        yield from _entry(entry)


def _table(name: str, values: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """A TOML table; each value is the lines it takes."""
    if values:
        yield from ("", f"[{name}]")
    for key, lines in values.items():
        yield from _assignment(_key(key), lines)


def _modifier(modifier: PriceModifier) -> Iterator[str]:
    yield from ("", "[[modifiers]]")
    yield from _texts(modifier, "provider", "name")
    yield f"value = {_list(modifier.value) if len(modifier.value) > 1 else _string(modifier.value[0])}"
    if modifier.models:
        yield f"models = {_list(modifier.models)}"
    yield from _texts(modifier, "source", "note")
    yield from _assignment("factors", _column(map(_factor_text, modifier.factors)))


def _name_rule(rule: NameRule) -> Iterator[str]:
    yield from ("", "[[name_rules]]")
    if rule.providers:
        yield f"providers = {_list(rule.providers)}"
    yield from _texts(rule, "pattern", "gap")
    if rule.bound:
        yield f"bound = {_string(rule.bound.value)}"
    yield from _texts(rule, "source")


def _model_alias(alias: ModelAlias) -> Iterator[str]:
    yield from ("", "[[model_aliases]]", *_texts(alias, "provider", "name", "source"))
    yield from _assignment("targets", _column(map(_target_text, alias.targets)))


def _exchange_rate(rate: ExchangeRate) -> Iterator[str]:
    yield from ("", "[[exchange_rates]]")
    yield f"from = {_string(rate.source_currency)}"
    yield f"to = {_string(rate.target_currency)}"
    yield f"rate = {_string(_number(rate.rate))}"
    yield f"valid_from = {_moment(rate.valid_from)}"
    yield from _texts(rate, "source")


def _target_text(target: AliasTarget) -> str:
    fields = [(name, _string(text)) for name in ("model", "doubtful") if (text := getattr(target, name))]
    return _inline_table([("from", _moment(target.first_hour)), *fields] if target.first_hour else fields)


def _factor_text(dated: DatedFactor) -> str:
    fields = [("factor", _number(dated.factor))]
    return _inline_table([("from", _moment(dated.first_hour)), *fields] if dated.first_hour else fields)


def _texts(holder: StrictModel, *names: str) -> Iterator[str]:
    for name in names:
        if (text := getattr(holder, name)) is not None:
            yield f"{name} = {_string(text)}"


def _entry(entry: PriceEntry) -> Iterator[str]:
    yield from ("", "[[entries]]")
    yield f"provider = {_string(entry.provider)}"
    yield f"model = {_string(entry.model)}"
    yield from _texts(entry, "consumer", "source", "note", "doubtful", "currency")
    if entry.names:
        yield from _assignment(
            "names", [_list(entry.names)] if len(entry.names) == 1 else _column(map(_string, entry.names))
        )
    if entry.suffixes is not None:
        yield f"suffixes = {_list(entry.suffixes)}"
    if entry.match is not None:
        yield f"match = {match_text(entry.match)}"
    yield from _assignment("prices", _column(map(price_text, entry.prices)))
    for tier, prices in entry.service_tiers.items():
        yield from _assignment(f"service_tiers.{_key(tier)}", _column(map(price_text, prices)))
    for modifiers, prices in entry.modifiers.items():
        yield from _assignment(f"modifiers.{_key(modifiers)}", _column(map(price_text, prices)))


def _assignment(name: str, value_lines: Iterable[str]) -> Iterator[str]:
    first, *others = value_lines
    yield f"{name} = {first}"
    yield from others


def _column(values: Iterable[str]) -> Iterator[str]:
    """A TOML array with one value a line."""
    yield "["
    yield from (f"  {value}," for value in values)
    yield "]"


def match_text(match: ModelMatch) -> str:
    """`{equals = "gpt-4o"}`."""
    fields = {name: texts for name in ModelMatch.model_fields if (texts := getattr(match, name))}
    return _inline_table(
        (name, _list(texts) if len(texts) > 1 else _string(texts[0])) for name, texts in fields.items()
    )


def price_text(price: DatedRates) -> str:
    """`{from = 2026-02-01, input = 2.5, output = 10}`."""
    return _inline_table(_price_fields(price))


def _price_fields(price: DatedRates) -> Iterator[tuple[str, str]]:
    if price.first_hour is not None:
        yield "from", _moment(price.first_hour)
    if price.utc_hours is not None:
        yield "utc_hours", _list(spans_of(price.utc_hours))
    if price.hours is not None:
        yield "hours", _list(spans_of(price.hours))
    if price.days is not None:
        yield "days", _list(day_spans_of(price.days))
    if price.time_zone is not None:
        yield "time_zone", _string(price.time_zone.key)
    if price.doubtful is not None:
        yield "doubtful", _string(price.doubtful)
    if isinstance(price, ServicePrice) and price.factor is not None:
        yield "factor", _number(price.factor)
    yield from _rate_fields(price)
    if price.context:
        yield "context", f"[{', '.join(_inline_table(_tier_fields(tier)) for tier in price.context)}]"


def _tier_fields(tier: ContextTier) -> Iterator[tuple[str, str]]:
    yield "above", str(tier.above)
    if tier.doubtful is not None:
        yield "doubtful", _string(tier.doubtful)
    yield from _rate_fields(tier)


def _rate_fields(rates: Rates) -> Iterator[tuple[str, str]]:
    return ((name, _number(amount)) for name, amount in rates.given().items())


def _moment(first_hour: datetime) -> str:
    """A TOML date where it is midnight, else a TOML date-time, which must have seconds."""
    return f"{first_hour:%Y-%m-%dT%H:%M:%SZ}" if first_hour.hour else f"{first_hour:%Y-%m-%d}"


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _inline_table(fields: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{name} = {value}" for name, value in fields) + "}"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_string, texts))}]"


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else _string(text)


def _string(text: str) -> str:
    """A TOML string; without escapes where that is possible, so that regular expressions stay readable."""
    needs_escapes = not text.isprintable() or '"' in text or "\\" in text
    if needs_escapes and text.isprintable() and "'" not in text:
        return f"'{text}'"
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    return char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}"
