"""How far each file is shipped, and which of the files that were shipped a file is.

Rotation renames, copies and compresses files, and makes new ones that may begin with the same line. So a file is known
by its source (`logfiles.line_source`) and by its fingerprint.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path

from gatemeter.logfiles.fingerprint import Resemblance
from gatemeter.logfiles.line_source import stem_of
from gatemeter.shipping.checkpoint import FilePosition

Compare = Callable[[FilePosition], Resemblance]


class Positions:
    """The positions of all files, each by a key that it has as long as this object lives."""

    def __init__(self, saved: Iterable[FilePosition]) -> None:
        self._by_key: dict[int, FilePosition] = {}
        self._by_source: dict[str, set[int]] = defaultdict(set)
        self._stems: dict[Path, set[str]] = defaultdict(set)
        self._next_key = 0
        for position in saved:
            self.note(None, position)

    def __getitem__(self, key: int) -> FilePosition:
        return self._by_key[key]

    def all(self) -> list[FilePosition]:
        """The positions, the one that changed last at the end."""
        return list(self._by_key.values())

    def last_of_each_source(self) -> dict[int, FilePosition]:
        """By key, of each source the position that changed last: that of the file that was still written then."""
        last = {position.source: key for key, position in self._by_key.items()}
        return {key: self._by_key[key] for key in last.values()}

    @property
    def stems(self) -> Mapping[Path, Set[str]]:
        """The directories of the files, and their names without what rotation adds to them."""
        return self._stems

    def find(self, source: str, compare: Compare) -> tuple[Resemblance, int | None]:
        """The key of the file with this source that `compare` finds to be the same; None if there is none.

        OPEN if it may be one of those that it cannot be told from yet.
        """
        found = {key: compare(self._by_key[key]) for key in sorted(self._by_source.get(source, ()), reverse=True)}
        same = next((key for key, resemblance in found.items() if resemblance is Resemblance.SAME), None)
        if same is not None:
            return Resemblance.SAME, same
        return (Resemblance.OPEN if Resemblance.OPEN in found.values() else Resemblance.OTHER), None

    def note(self, key: int | None, position: FilePosition) -> int:
        """Replace the position of a file, which is new without a `key`; its key.

        The lines of a copy that is behind its file are not taken: the file is as far as it was.
        """
        if key is None:
            key, self._next_key = self._next_key, self._next_key + 1
        known = self._by_key.pop(key, None)
        if known is not None and known.lines > position.lines:
            position = known.at(position)
        self._by_key[key] = position
        self._by_source[position.source].add(key)
        path = Path(position.path)
        self._stems[path.parent].add(stem_of(path.name))
        return key
