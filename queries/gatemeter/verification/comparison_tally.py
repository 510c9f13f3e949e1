"""What comparing the epochs of several logs found, and which epochs could not be compared and why."""

from dataclasses import dataclass

from gatemeter.metering.sink import StoredEpoch
from gatemeter.output.text import count_of
from gatemeter.verification.finding import Check, CheckResult, CountedFindings


@dataclass(slots=True)
class ComparisonTally(CountedFindings):
    """What the comparisons of all logs found. `repriced` counts rows of model usage whose prices differ."""

    epochs: int = 0
    rows: int = 0
    events: int = 0
    repriced: int = 0

    def add(self, result: CheckResult, *, events: int = 0, repriced: int = 0) -> None:
        """Add what the comparison of some epochs found, which hold so many events."""
        self.epochs += result.epochs
        self.rows += result.rows
        self.events += events
        self.repriced += repriced
        self.count_all(result.differences, result.findings)

    def result(self) -> CheckResult:
        """The tally as the result of the check LOG_RECONCILIATION."""
        return CheckResult(Check.LOG_RECONCILIATION, self.epochs, self.rows, self.differences, self.findings)


@dataclass(slots=True)
class _OffsetSpan:
    """Epochs of one partition that share a reason, from the first to the last of them."""

    first_offset: int
    next_offset: int
    epochs: int = 1


class UncountedEpochs:
    """Collects the epochs of one log, called `log_name` in the sentences, with the reason of each."""

    def __init__(self, log_name: str) -> None:
        self._log_name = log_name
        self._spans: dict[tuple[int, str], _OffsetSpan] = {}

    def add(self, epoch: StoredEpoch, reason: str) -> None:
        """Add one epoch. The epochs of a partition must come in ascending order."""
        span = self._spans.get((epoch.partition, reason))
        if span is None:
            self._spans[epoch.partition, reason] = _OffsetSpan(epoch.first_offset, epoch.version)
        else:
            span.next_offset = epoch.version
            span.epochs += 1

    def sentences(self) -> list[str]:
        """A sentence for each partition and reason: how many epochs, within which offsets, and why."""
        return [
            f"{self._log_name}[{partition}]: {count_of(span.epochs, 'epoch')} within offsets {span.first_offset} to "
            f"{span.next_offset - 1} could not be counted again: {reason}"
            for (partition, reason), span in self._spans.items()
        ]
