"""Which model the name in a log is: exactly, by a documented alias, snapshot suffix or decoration.

A name that only begins like a known one is another model.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from gatemeter.pricing.gap import Gap, Gaps
from gatemeter.pricing.name_rules import AliasTarget, ModelAlias, ModelMatch, NameRule, SnapshotSuffix, form_expression

_ALWAYS_S = float("-inf")
_MOST_STEPS = 4
"""How many decorations and suffixes are taken off one name: `bedrock/arn:...:inference-profile/us.anthropic...`."""


class Reading(NamedTuple):
    """One way to read a logged name: whose model it may be, and what the rest of the name says."""

    provider: str
    name: str
    modifiers: tuple[tuple[str, str], ...] = ()
    gaps: Gaps = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    providers: frozenset[str]
    expression: re.Pattern[str]
    gaps: Gaps

    def read(self, reading: Reading, aliases: Mapping[str, str]) -> Reading | None:
        """`reading` without this decoration; the same with the gap where the rule knows no better name."""
        if self.providers and reading.provider not in self.providers:
            return None
        found = self.expression.fullmatch(reading.name)
        if found is None:
            return None
        groups = {name: text for name, text in found.groupdict().items() if text}
        name = groups.pop("name", reading.name)
        provider = groups.pop("provider", reading.provider)
        modifiers = tuple(sorted((dict(reading.modifiers) | groups).items()))
        return Reading(aliases.get(provider, provider), name, modifiers, (*reading.gaps, *self.gaps))


class NameReader:
    """The decorations that gateways and providers put around the names of models."""

    def __init__(self, rules: Iterable[NameRule], provider_aliases: Mapping[str, str]) -> None:
        self._aliases = provider_aliases
        compiled = [(_compiled(rule, provider_aliases), "(?P<name>" in rule.pattern) for rule in rules]
        self._rules = [rule for rule, names in compiled if names]
        self._remarks = [rule for rule, names in compiled if not names]

    def readings(self, provider: str, logged: str) -> list[Reading]:
        """The name as logged first, then with ever fewer decorations. `provider` and `logged` are in lower case."""
        found = [Reading(provider, logged)]
        newest = found
        for _ in range(_MOST_STEPS):
            newest = [
                each
                for reading in newest
                for rule in self._rules
                if (each := rule.read(reading, self._aliases)) is not None and each not in found
            ]
            found = [*found, *newest]
        return found

    def remarks(self, provider: str, logged: str) -> Gaps:
        """What the name says against every price per token: that a capacity is paid by the hour, for example."""
        read = (rule.read(Reading(provider, logged), self._aliases) for rule in self._remarks)
        return tuple(gap for reading in read if reading is not None for gap in reading.gaps)


def _compiled(rule: NameRule, aliases: Mapping[str, str]) -> _Rule:
    providers = frozenset(aliases.get(name, name) for name in map(str.lower, rule.providers))
    gaps = (Gap(rule.gap, rule.bound),) if rule.gap else ()
    return _Rule(providers, re.compile(rule.pattern), gaps)


class SnapshotForms:
    """The forms of suffixes that name snapshots, by provider."""

    def __init__(self, suffixes: Iterable[SnapshotSuffix], provider_aliases: Mapping[str, str]) -> None:
        forms: defaultdict[str, list[str]] = defaultdict(list)
        for suffix in suffixes:
            for provider in map(str.lower, suffix.providers):
                forms[provider_aliases.get(provider, provider)].append(suffix.form)
        self._forms = {provider: tuple(dict.fromkeys(each)) for provider, each in forms.items()}

    def of(self, provider: str) -> tuple[str, ...]:
        """The forms of all models of a provider."""
        return self._forms.get(provider, ())


T = TypeVar("T")


class NameIndex(Generic[T]):
    """Finds the first of several entries by the name of a model: exact names, then snapshots, then patterns."""

    def __init__(self, entries: Sequence[tuple[T, Iterable[str], Sequence[str], ModelMatch | None]]) -> None:
        """`entries` are each with its names, the forms of its snapshots, and its pattern."""
        self._by_name: dict[str, T] = {}
        self._by_base: defaultdict[str, list[tuple[frozenset[str], T]]] = defaultdict(list)
        self._patterns: list[tuple[_Pattern, T]] = []
        forms: dict[str, None] = {}
        for entry, names, entry_forms, match in entries:
            for name in map(str.lower, names):
                self._by_name.setdefault(name, entry)
                if entry_forms:
                    self._by_base[name].append((frozenset(entry_forms), entry))
            forms |= dict.fromkeys(entry_forms)
            if match is not None:
                self._patterns.append((_Pattern(match), entry))
        self._suffixes = [(form, re.compile(f"(.+){form_expression(form)}")) for form in forms]

    def find(self, name: str) -> T | None:
        """The entry for a name in lower case, None if there is none."""
        found = self._by_name.get(name)
        if found is None:
            found = next(self._of_snapshots(name), None)
        if found is None and self._patterns:
            found = next((entry for pattern, entry in self._patterns if pattern.fits(name)), None)
        return found

    def _of_snapshots(self, name: str) -> Iterator[T]:
        for base, used in self._bases(name, frozenset()):
            yield from (entry for forms, entry in self._by_base.get(base, ()) if used <= forms)

    def _bases(self, name: str, used: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """The name without suffixes, each form at most once: `-20250514-v1:0` are two."""
        for form, expression in self._suffixes:
            found = expression.fullmatch(name) if form not in used else None
            if found is not None:
                yield found[1], used | {form}
                yield from self._bases(found[1], used | {form})


class _Pattern:
    """A `match` of a book, ready to be asked."""

    def __init__(self, match: ModelMatch) -> None:
        self._equals = frozenset(map(str.lower, match.equals))
        self._starts = tuple(map(str.lower, match.starts_with))
        self._ends = tuple(map(str.lower, match.ends_with))
        self._contains = tuple(map(str.lower, match.contains))
        self._expressions = tuple(re.compile(text, re.IGNORECASE) for text in match.regex)

    def fits(self, model: str) -> bool:
        """Whether the name, in lower case, fits any text of the match."""
        return (
            model in self._equals
            or model.startswith(self._starts)
            or model.endswith(self._ends)
            or any(text in model for text in self._contains)
            or any(expression.search(model) for expression in self._expressions)
        )


def _alias_gaps(name: str, target: AliasTarget) -> Gaps:
    return (Gap(f"{name} is taken for {target.model}: {target.doubtful}"),) if target.doubtful else ()


class DatedAliases:
    """The aliases of one book: which model a name stood for in an hour."""

    def __init__(self, aliases: Iterable[ModelAlias]) -> None:
        self._targets: dict[tuple[str, str], list[tuple[float, str, Gaps]]] = {}
        for alias in aliases:
            targets = sorted(
                (
                    each.first_hour.timestamp() if each.first_hour else _ALWAYS_S,
                    each.model.lower(),
                    _alias_gaps(alias.name, each),
                )
                for each in alias.targets
            )
            self._targets[alias.provider.lower(), alias.name.lower()] = targets
        self.changes_s = {start for targets in self._targets.values() for start, _, _ in targets} - {_ALWAYS_S}
        """The Unix seconds at which an alias begins to name another model."""

    def target(self, provider: str, name: str, hour_s: float) -> tuple[str, Gaps] | None:
        """The model that `name` stands for in the hour that begins at Unix second `hour_s`, and what is not certain of
        that; None for no alias.
        """
        targets = self._targets.get((provider, name))
        if targets is None:
            return None
        place = bisect_right(targets, hour_s, key=lambda each: each[0])
        return targets[place - 1][1:] if place else None
