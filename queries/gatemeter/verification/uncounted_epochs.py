"""Why epochs of a log could not be counted again, summed up in one sentence a reason."""

from dataclasses import dataclass

from gatemeter.metering.sink import StoredEpoch
from gatemeter.output.text import count_of


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
