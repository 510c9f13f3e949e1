"""What a group commits to Kafka: an offset, and beside it the log that it belongs to.

A topic that was deleted and created again has the same name, and a commit to the deleted one may outlive it.
"""

from dataclasses import dataclass
from typing import Self

_BEGINNING = "begin"


@dataclass(frozen=True, slots=True)
class CommitMetadata:
    """The text beside a committed offset: the topic id, and whether the offset is where counting begins.

    `log_identity` is '' for a commit of an older version, or of a person.
    """

    log_identity: str
    is_beginning: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes."""
        identity, _, kind = text.partition(" ")
        return cls(identity, kind == _BEGINNING)

    def __str__(self) -> str:
        """`ID`, or `ID begin`."""
        return f"{self.log_identity} {_BEGINNING}" if self.is_beginning else self.log_identity


@dataclass(frozen=True, slots=True)
class Commit:
    """A group's commit of one partition.

    `offset` is the warm-up offset; with `is_beginning` it is the first offset that the group counts at all, chosen when
    it started for the first time.
    """

    offset: int
    is_beginning: bool = False


def read_commit(log_identity: str, offset: int, metadata: str) -> Commit | None:
    """The commit to this log; None for no commit (a negative offset, or 0), or one to another log of the same name.

    A commit without a log identity is taken to be to this log.
    """
    found = CommitMetadata.parse(metadata)
    if found.log_identity not in ("", log_identity):
        return None
    commit = Commit(offset, found.is_beginning)
    return commit if offset > 0 or (offset == 0 and commit.is_beginning) else None
