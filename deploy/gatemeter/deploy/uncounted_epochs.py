"""Epochs that could not be counted again, told in as few sentences as there are reasons."""

from dataclasses import dataclass

from gatemeter.queries.output import count_of
from gatemeter.streams.sink import StoredEpoch


@dataclass(slots=True)
class _Run:
    """Epochs of one partition with one reason."""

    first_offset: int
    next_offset: int
    epochs: int = 1


class UncountedEpochs:
    """Those of the log `name`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._runs: dict[tuple[int, str], _Run] = {}

    def add(self, epoch: StoredEpoch, reason: str) -> None:
        """Note one epoch; those of a partition come in ascending order."""
        run = self._runs.get((epoch.partition, reason))
        if run is None:
            self._runs[epoch.partition, reason] = _Run(epoch.first_offset, epoch.version)
        else:
            run.next_offset = epoch.version
            run.epochs += 1

    def sentences(self) -> list[str]:
        """Where, how many, and why."""
        return [
            f"{self._name}[{partition}]: {count_of(run.epochs, 'epoch')} within offsets {run.first_offset} to "
            f"{run.next_offset - 1} could not be counted again: {reason}"
            for (partition, reason), run in self._runs.items()
        ]
