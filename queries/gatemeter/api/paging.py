"""Pages of an answer: how many rows, and the text with which a client asks for those that follow."""

import base64
import hashlib
import re
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.api.limits import ApiLimits
from gatemeter.errors import SettingsError
from gatemeter.reports.pages import PageKey, is_of_moments
from gatemeter.reports.period import Period
from gatemeter.reports.written_time import EARLIEST, LATEST

MOST_ROWS = ApiLimits().page_rows
PAGE_SIZE_DESCRIPTION = "So many rows, in the order of periods and groups."
CURSOR_PATTERN = r"^[A-Za-z0-9_=-]*$"
CURSOR_DESCRIPTION = "The rows behind a page, which has given this text; the question must be the same."
_LONGEST_CURSOR = 32_768
_LATEST_S = 253_402_300_799
"""The end of the year 9999."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)


class Paged(BaseModel):
    """The members of a request that ask for a page."""

    page_size: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = Field(default=None, description=PAGE_SIZE_DESCRIPTION)
    next: Annotated[str, Field(max_length=_LONGEST_CURSOR, pattern=CURSOR_PATTERN)] | None = Field(
        default=None, description=CURSOR_DESCRIPTION
    )

    def page(self) -> "Page | None":
        """What is asked for; None for all rows. Raises SettingsError."""
        if self.page_size is None:
            if self.next is not None:
                raise SettingsError("it is given without page_size", where="next")
            return None
        question = self.model_dump_json(exclude={"page_size", "next"}, by_alias=True)
        return Page.parse(self.page_size, self.next, question)


class _Cursor(BaseModel):
    """Where a page ended, of which question, and when the first one was asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    question: str
    now_s: Annotated[int, Field(ge=0, le=_LATEST_S)]
    period: Annotated[str, Field(max_length=64)]
    groups: Annotated[list[str], Field(max_length=64)]


class Page(BaseModel):
    """A page that is asked for: so many rows behind `after`, as of `now`, the time of the first page."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rows: int
    question: str
    after: PageKey | None = None
    now: datetime | None = None

    @classmethod
    def parse(cls, rows: int, cursor: str | None, question: str) -> Self:
        """Raises SettingsError for a cursor that was not given for this question."""
        asked = hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if cursor is None:
            return cls(rows=rows, question=asked)
        found = _parsed(cursor)
        if found.question != asked:
            raise SettingsError("it was given for another question", where="next", do="ask for the first page")
        now = datetime.fromtimestamp(found.now_s, UTC)
        return cls(rows=rows, question=asked, after=PageKey(found.period, found.groups), now=now)

    def checked(self, period: Period | None, group_count: int) -> "Page":
        """This page. Raises SettingsError for a cursor that cannot be of such rows, as no answer has given it."""
        if self.after is not None and not (
            len(self.after.groups) == group_count and _is_period(self.after.period, period)
        ):
            raise _unknown()
        return self

    def cursor(self, last: PageKey | None, now: datetime) -> str | None:
        """The text that asks for what follows `last`; None if nothing does."""
        if last is None:
            return None
        now_s = int((self.now or now).timestamp())
        cursor = _Cursor(question=self.question, now_s=now_s, period=last.period, groups=list(last.groups))
        return base64.urlsafe_b64encode(cursor.model_dump_json().encode()).decode()


def _parsed(cursor: str) -> _Cursor:
    try:
        return _Cursor.model_validate_json(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (ValueError, ValidationError):
        raise _unknown() from None


def _is_period(text: str, period: Period | None) -> bool:
    if period is None:
        return text == ""
    if not is_of_moments(period):
        return True  # compared as text
    try:
        return _MOMENT.fullmatch(text) is not None and EARLIEST <= datetime.fromisoformat(text) <= LATEST
    except ValueError:
        return False


def _unknown() -> SettingsError:
    return SettingsError("it is no text that a page has given", where="next", do="ask for the first page")
