"""What is committed to Kafka beside an offset: the log it belongs to, and whether it is where counting begins.

A topic that was deleted and created again has the same name, and a commit of its former life may outlive it.
"""

from dataclasses import dataclass

_BEGINNING = "begin"


@dataclass(frozen=True, slots=True)
class Commit:
    """A group's commit of one partition.

    `offset` is the warm-up offset; with `is_beginning` it is the first offset that the group counts at all, chosen when
    it started for the first time.
    """

    offset: int
    is_beginning: bool = False


def note_of(log_identity: str, *, is_beginning: bool = False) -> str:
    """The metadata of a commit."""
    return f"{log_identity} {_BEGINNING}" if is_beginning else log_identity


def read_commit(log_identity: str, offset: int, note: str) -> Commit | None:
    """The commit of this log; None for no commit (a negative offset, or 0), or one of another life of the topic.

    A commit without a note is one of an older version, or of a person; it is taken to be of this log.
    """
    identity, _, kind = note.partition(" ")
    if identity not in ("", log_identity):
        return None
    commit = Commit(offset, kind == _BEGINNING)
    return commit if offset > 0 or (offset == 0 and commit.is_beginning) else None
