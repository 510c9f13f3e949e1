"""How the names of models are written, as a price book says it: matches, snapshots, decorations and dated aliases."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from gatemeter.pricing.gap import Bound
from gatemeter.pricing.price import StrictModel
from gatemeter.pricing.price_dates import FirstHour


def as_list(value: Any) -> Any:
    """One value as a list of one: books may leave the brackets out."""
    return value if isinstance(value, list | tuple) else [value]


Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_list)]


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        msg = f"{text} is not a regular expression ({error}); write one of Python's"
        raise ValueError(msg) from error
    return text


class ModelMatch(StrictModel):
    """A model's name matches if any text of any field fits it, in upper or lower case.

    Meant for books of one's own: such a rule also fits models that nobody has thought of.
    """

    equals: Names = ()
    starts_with: Names = ()
    ends_with: Names = ()
    contains: Names = ()
    regex: Names = ()

    @field_validator("regex")
    @classmethod
    def _compiles(cls, expressions: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_expression, expressions))

    @model_validator(mode="after")
    def _can_match(self) -> "ModelMatch":
        if not (self.equals or self.starts_with or self.ends_with or self.contains or self.regex):
            msg = "matches no model; write equals, starts_with, ends_with, contains or regex, or leave match out"
            raise ValueError(msg)
        return self


_FORM_PARTS = {
    "YYYY": r"20\d\d",
    "YY": r"\d\d",
    "MM": r"(?:0[1-9]|1[0-2])",
    "DD": r"(?:0[1-9]|[12]\d|3[01])",
    "NNN": r"\d{3}",
    "N": r"\d{1,2}",
}
_FORM_PART = re.compile("|".join(_FORM_PARTS))
_FORM_DOES_SOMETHING = re.compile(r"\S{2,}")

SuffixForm = Annotated[str, StringConstraints(pattern=_FORM_DOES_SOMETHING.pattern)]
"""`-YYYY-MM-DD`, `-NNN`, `-vN:N`, `-latest`: capitals are digits, everything else stands for itself."""


def form_expression(form: str) -> str:
    """A regular expression for the names in lower case that end with a suffix of this form."""
    parts, place = [], 0
    for found in _FORM_PART.finditer(form):
        parts += [re.escape(form[place : found.start()].lower()), _FORM_PARTS[found[0]]]
        place = found.end()
    return "".join([*parts, re.escape(form[place:].lower())])


class SnapshotSuffix(StrictModel):
    """What `providers` append to the name of a model to name a snapshot of it, which costs what the model costs."""

    providers: Names
    form: SuffixForm
    source: str


class NameRule(StrictModel):
    """What gateways and providers put around the name of a model; `pattern` fits a whole name in lower case.

    The group `name` is what is left of the name, `provider` who sells the model; other groups are modifiers. `gap` is
    what is then missing for a price. A rule without the group `name` says its gap of all calls with such a name.
    """

    providers: Names = ()
    pattern: Annotated[str, BeforeValidator(_expression)]
    gap: str | None = None
    bound: Bound = Bound.UNKNOWN
    source: str

    @model_validator(mode="after")
    def _does_something(self) -> "NameRule":
        if "name" not in re.compile(self.pattern).groupindex and self.gap is None:
            msg = "has no group (?P<name>...) and no gap; write one of them"
            raise ValueError(msg)
        return self


class AliasTarget(StrictModel):
    """The model that an alias names from `first_hour` on; `doubtful` says why that is not certain."""

    first_hour: FirstHour = Field(default=None, alias="from")
    model: Name
    doubtful: str | None = None


class ModelAlias(StrictModel):
    """A name that a provider points to another model now and then, such as `mistral-large-latest`."""

    provider: Name
    name: Name
    targets: Annotated[tuple[AliasTarget, ...], BeforeValidator(as_list)]
    source: str

    @field_validator("targets")
    @classmethod
    def _one_target_an_hour(cls, targets: tuple[AliasTarget, ...]) -> tuple[AliasTarget, ...]:
        if not targets or len({each.first_hour for each in targets}) < len(targets):
            msg = "has no target, or two from the same time; give each its own 'from'"
            raise ValueError(msg)
        return targets
