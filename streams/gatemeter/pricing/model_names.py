"""Which models a rule of a price book is for."""

import re
from collections.abc import Sequence

from gatemeter.pricing.price_book import ModelMatch


class ModelNames:
    """The names of models that any of `rules` is for."""

    def __init__(self, rules: Sequence[ModelMatch]) -> None:
        self.rules = rules
        self._equals = frozenset(text.lower() for rule in rules for text in rule.equals)
        self._starts = tuple(text.lower() for rule in rules for text in rule.starts_with)
        self._ends = tuple(text.lower() for rule in rules for text in rule.ends_with)
        self._contains = tuple(text.lower() for rule in rules for text in rule.contains)
        self._expressions = tuple(re.compile(text, re.IGNORECASE) for rule in rules for text in rule.regex)

    def match(self, model: str) -> bool:
        """Whether a rule is for the model with this name, which is in lower case."""
        return (
            model in self._equals
            or model.startswith(self._starts)
            or model.endswith(self._ends)
            or any(text in model for text in self._contains)
            or any(expression.search(model) for expression in self._expressions)
        )
