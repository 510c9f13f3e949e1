"""The forms of answers, and which one a request wants."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus

from starlette.requests import Request

from gatemeter.api.header_lists import weighted_list
from gatemeter.errors import SettingsError
from gatemeter.httpserver.problem import ProblemError


class Form(StrEnum):
    """A form of an answer, by its media type."""

    JSON = "application/json"
    CSV = "text/csv"
    PARQUET = "application/vnd.apache.parquet"
    TAR = "application/x-tar"

    @property
    def file_ending(self) -> str:
        """The end of the name of a file with it."""
        return self.name.lower()

    @property
    def ranges(self) -> tuple[str, str, str]:
        """What accepts it, the most special range first."""
        return self.value, f"{self.value.partition('/')[0]}/*", "*/*"


def wanted_form(request: Request, forms: Sequence[Form], asked: Mapping[Form, bool | None] | None = None) -> Form:
    """One of `forms`: what a parameter of the request has `asked` for, else what Accept prefers, else the first.

    A parameter that is false asks for the first. Raises SettingsError for several, and ProblemError (406) if Accept
    takes none.
    """
    said = {form: value for form, value in (asked or {}).items() if value is not None}
    if said:
        wanted = [form for form, value in said.items() if value]
        if len(wanted) > 1:
            raise SettingsError(f"{' and '.join(form.file_ending for form in wanted)} are both asked for")
        return wanted[0] if wanted else forms[0]
    found = weighted_list(request.headers, "accept") or {"*/*": 1.0}
    weights = {form: next((found[each] for each in form.ranges if each in found), 0.0) for form in forms}
    if not any(weights.values()):
        names = " or ".join(forms)
        raise ProblemError(HTTPStatus.NOT_ACCEPTABLE, f"the answer is {names}")
    return max(forms, key=lambda form: weights[form])
