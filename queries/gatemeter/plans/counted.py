"""What of stored usage is counted, as plan files and budget files say it: a metric that adds up, and filters."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from gatemeter.errors import GatemeterError
from gatemeter.metrics.catalogue import metric
from gatemeter.metrics.filters import Filter


def as_filters(texts: object) -> tuple[Filter, ...]:
    """Filters as the query engine writes them, one or a list. Raises ValueError."""
    return tuple(_as_filter(each) for each in (texts if isinstance(texts, list | tuple) else [texts]))


def filter_texts(filters: Iterable[Filter]) -> list[str]:
    """Filters as they are written."""
    return [str(each) for each in filters]


def require_known(meter: str, filters: Iterable[Filter]) -> None:
    """Raise ValueError for a filter by what is not known of what `meter` counts."""
    source = metric(meter).source
    for each in filters:
        if not each.is_known_of(source):
            msg = f"{meter} is not known by {each.dimension}"
            raise ValueError(msg)


def require_sum(meter: str) -> str:
    """The name `meter`. Raises ValueError if no metric has this name, or if the metric does not add up."""
    try:
        found = metric(meter)
    except GatemeterError as error:
        msg = f"{error.what}; {error.do}"
        raise ValueError(msg) from error
    if not found.is_sum:
        msg = f"{meter} does not add up: the parts of a period cannot be billed one by one"
        raise ValueError(msg)
    return meter


def _as_filter(text: object) -> Filter:
    if isinstance(text, Filter):
        return text
    if not isinstance(text, str):
        msg = "a filter is a text as 'status_class in 2xx,3xx'"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports a ValueError by field
    try:
        return Filter.parse(text)
    except GatemeterError as error:
        msg = f"{error.what}; {error.do}"
        raise ValueError(msg) from error


Meter = Annotated[str, AfterValidator(require_sum)]
"""A metric of the query engine that adds up, by its name."""

Filters = Annotated[
    tuple[Any, ...],
    Field(alias="filter"),
    BeforeValidator(as_filters),
    PlainSerializer(filter_texts, return_type=list[str]),
]
"""A tuple of `Filter`, which must all hold; a file calls it `filter`, and has one text or a list."""
