"""The names of a model as `genai-prices` matches them, as exact names of a price book.

The package matches names that begin with, contain or end with a text, and so also models that did not exist when the
rule was written. Of such a rule a book keeps the text itself; snapshots follow from the forms of the provider.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import MatchLogic, ModelInfo

_BEDROCK = "aws"
_PROFILE = re.compile(r"(us-gov|us|eu|apac|jp|au|ca|in|global|regional)\.(.+)")
_OWN_PROFILES = frozenset({"us", "us-gov", "regional", "global"})
"""The standard price is for `us` and for calls without a profile, GovCloud has a price list of its own."""

_UNFINISHED = re.compile(r"[-@](?:20\d\d-?|0)?$")
"""Where a text ends in the middle of a date or version: `claude-sonnet-4-2025`, `claude-sonnet-4@`, `gpt-5-nano-`."""

_MAY_BE_WHOLE = "-0"
"""The end of `claude-opus-4-0`, which is a name, and of `gemini-2.0-flash-0`, which is none."""

_SUFFIXES = {
    ("openai", "ft:gpt-3.5-turbo-"): ("-YYYY-MM-DD", "-MMDD"),
    ("mistral", "magistral-medium"): ("-YYMM",),
    ("mistral", "magistral-small"): ("-YYMM",),
}
"""Entries whose snapshots have other forms than those of their provider, and the same prices at all times."""

_SAMPLES = ("", "-2026-01-02", "-20260102", "@20260102", "-001", "-0102", "-preview-01-02")
"""Snapshots in the forms that providers use."""


@dataclass(frozen=True, slots=True)
class PublishedNames:
    """`model` is the name of the entry. `profiles` are the inference profiles of Bedrock that its price is for besides
    the standard ones, `is_global` says that it is for the global profile alone. `lost` are rules that no name keeps.
    """

    model: str
    names: tuple[str, ...]
    suffixes: tuple[str, ...] | None
    profiles: tuple[str, ...]
    is_global: bool
    lost: tuple[str, ...]


def published_names(provider: str, model: "ModelInfo") -> PublishedNames:
    """The names of a model of `genai-prices`."""
    leaves = [next(iter(vars(leaf).items())) for leaf in _leaves(model.match)]
    expressions = [text for kind, text in leaves if kind == "regex"]
    profiles: dict[str, None] = {}
    names: dict[str, None] = {}
    for kind, text in leaves:
        if kind != "regex":
            profile, name = _without_profile(text.removeprefix("/")) if provider == _BEDROCK else ("", text)
            profiles |= {profile: None} if profile and profile not in _OWN_PROFILES else {}
            names |= dict.fromkeys(_finished(kind, name.lower()))
    route, own = _without_profile(model.id) if provider == _BEDROCK else ("", model.id)
    names.pop(own.lower(), None)
    base_names = {name for name in names if _is_base_of_fine_tune(own, name)}
    kept = tuple(name for name in names if name not in base_names)
    lost = [*(f"fine-tunes {name}" for name in sorted(base_names)), *_unexplained(expressions, (own.lower(), *kept))]
    return PublishedNames(own, kept, _SUFFIXES.get((provider, own)), tuple(profiles), route == "global", tuple(lost))


def _is_base_of_fine_tune(model: str, name: str) -> bool:
    """Whether a fine-tune is to cost what its base model costs, which no provider offers."""
    return name.startswith("ft:") and not model.startswith("ft:")


def _without_profile(name: str) -> tuple[str, str]:
    found = _PROFILE.fullmatch(name)
    return (found[1], found[2]) if found else ("", name)


def _finished(kind: str, text: str) -> Iterator[str]:
    """The names that a text stands for: itself, or what is before the date or version in which it ends."""
    whole = _UNFINISHED.sub("", text)
    if kind == "equals" or whole == text or text.endswith(_MAY_BE_WHOLE):
        yield text
    if kind != "equals" and whole != text:
        yield whole


def _leaves(clause: "MatchLogic") -> "Iterator[MatchLogic]":
    from genai_prices.types import ClauseAnd, ClauseOr, ClauseRegex

    match clause:
        case ClauseOr():
            for each in clause.or_:
                yield from _leaves(each)
        case ClauseAnd():
            # Regular expressions that only take names away leave the exact names as they are.
            yield from (leaf for each in clause.and_ for leaf in _leaves(each) if not isinstance(leaf, ClauseRegex))
        case _:
            yield clause


def _unexplained(expressions: list[str], names: tuple[str, ...]) -> Iterator[str]:
    """The expressions that fit no snapshot of `names`."""
    for expression in expressions:
        samples = (name + sample for name in names for sample in _SAMPLES)
        if not any(re.search(expression, sample) for sample in samples):
            yield f"regular expression {expression}"
