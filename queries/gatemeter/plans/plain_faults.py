"""What pydantic finds wrong in a declared file, in words for whoever wrote the file."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from gatemeter.output.text import shortened

_MEANT = {
    **dict.fromkeys(("up_to", "to_value", "last_unit", "to"), "below"),
    **dict.fromkeys(("from_value", "first_unit", "from"), "at_least"),
    **dict.fromkeys(("price", "unit_price", "per_unit_amount", "unit_amount_decimal"), "unit_amount"),
    **dict.fromkeys(("flat_fee", "flat_price", "flat_amount_decimal"), "flat_amount"),
}
"""What tiers call their members in Stripe, Lago, OpenMeter and Orb, and what they are here."""

_LEAST_SIMILAR = 0.7
_NAME_SAID = "small letters and digits, between them single dots, hyphens or underlines"


def plain_fault(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong; `model` is what the file was read as."""
    match error["type"]:
        case "extra_forbidden":
            return _unknown(str(error["loc"][-1]), _fields_at(model, error["loc"][:-1]))
        case "missing":
            return "is missing"
        case "too_short":
            return "is empty: at least one is needed"
        case "string_pattern_mismatch" if error["loc"][-1] in ("name", "plan"):
            return f"{shortened(str(error['input']))!r} is no name: {_NAME_SAID}"
        case "union_tag_invalid":
            known = str(error["ctx"]["expected_tags"]).replace("'", "")
            return f"model: {shortened(str(error['ctx']['tag']))!r} is none; there are {known}"
        case "union_tag_not_found":
            return "model is missing"
        case _:
            return error["msg"].removeprefix("Value error, ")


def _unknown(name: str, known: Sequence[str]) -> str:
    meant = _MEANT.get(name)
    similar = [meant] if meant in known else get_close_matches(name, known, n=1, cutoff=_LEAST_SIMILAR)
    if similar:
        return f"is no field here; did you mean {similar[0]}?"
    return f"is no field here; there are {', '.join(known)}"


def _fields_at(model: type[BaseModel], location: Sequence[int | str]) -> Sequence[str]:
    """The names that the table at `location` may have, as files write them."""
    here: Sequence[type[BaseModel]] = [model]
    for step in location:
        if isinstance(step, str):
            here = list(_below(here, step))
    return list(dict.fromkeys(field.alias or name for each in here for name, field in each.model_fields.items()))


def _below(models: Sequence[type[BaseModel]], step: str) -> Iterator[type[BaseModel]]:
    """The tables in a member, or those of `models` of which `step` is the kind: pydantic names it in the place."""
    for each in models:
        for name, field in each.model_fields.items():
            if step == (field.alias or name):
                yield from _models_in(field.annotation)
        if "model" in each.model_fields and step in get_args(each.model_fields["model"].annotation):
            yield each


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)
