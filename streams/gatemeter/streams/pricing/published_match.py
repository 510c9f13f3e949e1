"""Which names of models a published price is for."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatemeter.streams.pricing.price_book import ModelMatch

if TYPE_CHECKING:
    from genai_prices.types import MatchLogic


def model_match(clause: "MatchLogic") -> ModelMatch:
    """The clause of `genai-prices` as a match of ours: alternatives by kind, the rest as regular expressions."""
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
    """A regular expression that finds something in a name exactly if the clause matches it."""
    forms = {"equals": "^{}$", "starts_with": "^{}", "ends_with": "{}$", "contains": "{}"}
    return "|".join(
        text if kind == "regex" else forms[kind].format(re.escape(text)) for kind, text in _alternatives(clause)
    )
