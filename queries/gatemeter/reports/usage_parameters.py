"""What every report of consumers' usage takes: which hours, added up to which periods, and whose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gatemeter.errors import SettingsError
from gatemeter.output.placeholders import NOBODY, meant_name
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.zoned_span import UTC_ZONE


class Subject(StrEnum):
    """Which of a consumer's names is the billing subject; where it is empty the id is, else `anonymous`.

    A consumer who is called so is `anonymous (name)`.

    It is the name that the gateway wrote with the usage: by user name, a consumer that was renamed is two subjects. A
    name is unique within its workspace; the last two have the workspace in front of it.
    """

    ID = "id"
    USERNAME = "username"
    CUSTOM_ID = "custom_id"
    WORKSPACE_USERNAME = "workspace/username"
    WORKSPACE_CUSTOM_ID = "workspace/custom_id"


@dataclass(frozen=True, slots=True)
class AllowedRows:
    """The rows that there are for who asks: of `consumers` (ids, user names or custom ids) and in `workspaces`.

    Empty means all. Raises SettingsError for an empty name: rows without a name would be somebody's.
    """

    consumers: Sequence[str] = ()
    workspaces: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not all((*self.consumers, *self.workspaces)):
            raise SettingsError("an empty name allows nothing", do="name a consumer or a workspace")

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.consumers and not self.workspaces

    @property
    def query_parameters(self) -> dict[str, list[str]]:
        """The query parameters that restrict rows; see `sql/parts/named.sql`."""
        return {"allowed_consumers": list(self.consumers), "allowed_workspaces": list(self.workspaces)}


def consumer_parameters(consumers: Sequence[str]) -> dict[str, list[str]]:
    """The query parameters that choose consumers; see `sql/parts/chosen.sql`.

    Raises SettingsError for an empty name: every consumer without a user name or custom id would have it.
    """
    if not all(consumers):
        raise SettingsError("an empty name is nobody's", where="--consumer", do=f"leave it out, or name {NOBODY}")
    return {
        "consumers": list(consumers),
        "consumer_names": [meant_name(each, NOBODY) for each in consumers if each != NOBODY],
    }


@dataclass(frozen=True, slots=True)
class UsageParameters:
    """`consumers` are ids, user names or custom ids; empty means all.

    `anonymous` is nobody, and `anonymous (name)` the consumers who are called so.

    A billing subject that had one of the names within a period counts whole, of the rows that are `allowed`. Periods
    are those of `time_zone`, an IANA name; None for `period` adds the whole span up.
    """

    period: Period | None = Period.MONTH
    span: TimeSpan = field(default_factory=TimeSpan)
    consumers: Sequence[str] = ()
    subject: Subject = Subject.ID
    time_zone: str = UTC_ZONE
    allowed: AllowedRows = field(default_factory=AllowedRows)

    @property
    def query_parameters(self) -> dict[str, Any]:
        """The query parameters of `sql/parts/named.sql` and `sql/parts/chosen.sql`, and the span's."""
        return {
            "period": self.period.value if self.period else "",
            "time_zone": self.time_zone,
            **consumer_parameters(self.consumers),
            "subject": self.subject.value,
            **self.allowed.query_parameters,
            **self.span.parameters,
        }
