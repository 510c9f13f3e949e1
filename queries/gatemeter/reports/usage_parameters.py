"""What every report of consumers' usage takes: which hours, added up to which periods, and whose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gatemeter.reports.period import Period, TimeSpan


class Subject(StrEnum):
    """Which of a consumer's names is the billing subject; where it is empty the id stands in, else `anonymous`.

    It is the name that the gateway wrote with the usage: by user name, a consumer that was renamed is two subjects.
    """

    ID = "id"
    USERNAME = "username"
    CUSTOM_ID = "custom_id"


@dataclass(frozen=True, slots=True)
class UsageParameters:
    """`consumers` are ids, user names or custom ids; empty means all.

    A billing subject that had one of the names within a period counts whole.
    """

    period: Period = Period.MONTH
    span: TimeSpan = field(default_factory=TimeSpan)
    consumers: Sequence[str] = ()
    subject: Subject = Subject.ID

    @property
    def query_parameters(self) -> dict[str, str | list[str]]:
        """The query parameters `period_format`, `from`, `to`, `consumers` and `subject`."""
        return {
            "period_format": self.period.text_format,
            "consumers": list(self.consumers),
            "subject": self.subject.value,
            **self.span.parameters,
        }
