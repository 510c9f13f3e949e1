"""Counting the lines of a file, with what the ledger keeps of them so that the file is known again."""

from gatemeter.streams.file_log import EpochHash, FileChunk
from gatemeter.streams.partition_counter import PartitionCounter


class FileEpochs:
    """Feeds `counter` with consecutive chunks of one file, the first of which begins an epoch."""

    def __init__(self, counter: PartitionCounter) -> None:
        self._counter = counter
        self._hash = EpochHash()

    def add(self, file_chunk: FileChunk) -> bool:
        """Count the chunk; whether its lines are final. Raises as `PartitionCounter.add` does.

        A last line that no newline ended and that cannot be read may be half of one that is being written: the hash
        leaves it out, so that it may still change.
        """
        counter = self._counter
        rejected_before = counter.totals.dead_letters
        counter.add(file_chunk.chunk)
        epoch = counter.open_epoch
        if epoch is None:
            return True
        if file_chunk.is_unterminated and counter.totals.dead_letters > rejected_before:
            epoch.unterminated_line = file_chunk.chunk.first_offset
            return False
        epoch.content_hash = self._hash.update(file_chunk.chunk.first_offset, file_chunk.hashed)
        return True
