"""Where log files are: what patterns match, and what rotation has made of a file.

Both are asked several times a second, of thousands of directories on a node of a cluster. So a directory is listed
again only after it has changed.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from gatemeter.clock import Clock, SystemClock
from gatemeter.logfiles.line_source import stem_of

_SETTLED_S = 1.0
"""A directory that changed later than so long before it was listed may change once more within the same time stamp."""
_LIST_AGAIN_S = 10.0
"""Whatever its time stamp says: where a link leads to may have changed, and other machines have other clocks."""
_ANY_DEPTH = "**"
_GLOB_CHARACTERS = frozenset("*?[")


class _Entry:
    """An entry of a directory, as it was when the directory was listed; links are followed."""

    def __init__(self, directory: str, name: str) -> None:
        self.name = name
        self.path = os.path.join(directory, name)  # noqa: PTH118 - a Path for each of thousands takes as long as a stat
        try:
            mode = os.stat(self.path).st_mode  # noqa: PTH116
        except OSError:
            mode = 0
        self.is_file, self.is_directory = S_ISREG(mode), S_ISDIR(mode)

    @cached_property
    def beside(self) -> Path:
        """The entry itself."""
        return Path(self.path)

    @cached_property
    def file(self) -> Path:
        """Where the file lies: rotation happens there."""
        return Path(self.path).resolve()

    @cached_property
    def stem(self) -> str:
        return stem_of(self.name)


class _Listing:
    def __init__(self, directory: str, clock: Clock, changed_ns: int) -> None:
        self.changed_ns = changed_ns
        self.listed_s = clock.monotonic_s()
        self.is_settled = clock.now().timestamp() - changed_ns / 1e9 > _SETTLED_S
        try:
            names = sorted(os.listdir(directory))  # noqa: PTH208
        except OSError:
            names = []
        self.entries = [_Entry(directory, name) for name in names]

    @cached_property
    def rotated(self) -> Mapping[str, Sequence[_Entry]]:
        """The entries to whose names rotation has added something, by their names without it."""
        found = defaultdict(list)
        for entry in self.entries:
            if entry.stem != entry.name:
                found[entry.stem].append(entry)
        return found


@dataclass(frozen=True, slots=True)
class FoundPaths:
    """Files that match patterns, each once, and rotated ones, by the pattern that their names matched before that."""

    matching: dict[Path, None] = field(default_factory=dict)
    rotated: dict[Path, str] = field(default_factory=dict)


_Found = tuple[_Entry, bool]
"""An entry, and whether rotation has added something to the name that was looked for."""


class LogPaths:
    """The files that `patterns` match: files, directories (all files in them), and glob patterns."""

    def __init__(self, patterns: Iterable[str], clock: Clock) -> None:
        self._patterns = list(patterns)
        self._clock = clock
        self._listings: dict[str, _Listing] = {}

    def find(self) -> FoundPaths:
        """The files that are there now."""
        found = FoundPaths()
        for pattern in self._patterns:
            for entry, is_rotated in self._found(pattern):
                if not entry.is_file:
                    continue
                if is_rotated:
                    found.rotated.setdefault(entry.file, pattern)
                    continue
                found.matching[entry.file] = None
                if entry.file != entry.beside:  # a link: rotation happens where the file lies
                    for other in self._rotated(str(entry.file.parent), entry.file.name):
                        found.rotated.setdefault(other.file, pattern)
        for path in found.rotated.keys() & found.matching.keys():
            del found.rotated[path]
        return found

    def beside(self, stems: Mapping[Path, Set[str]]) -> Iterator[Path]:
        """The files in each directory whose names without what rotation adds are among those of the directory."""
        for directory, names in stems.items():
            for entry in self._entries(str(directory)):
                if entry.is_file and entry.stem in names:
                    yield entry.beside

    def _found(self, pattern: str) -> Iterator[_Found]:
        path = Path(pattern)
        if os.path.isdir(pattern):  # noqa: PTH112
            yield from ((entry, False) for entry in self._entries(pattern))
        elif os.path.isfile(pattern):  # noqa: PTH113
            yield from self._named(str(path.parent), path.name)
        else:
            parts = path.parts[1:] if path.anchor else path.parts
            yield from self._below(path.anchor or ".", parts)

    def _below(self, directory: str, parts: Sequence[str]) -> Iterator[_Found]:
        """The entries below `directory` that match the parts of a pattern, or did before rotation."""
        if not parts:
            return
        part, *rest = parts
        if not _GLOB_CHARACTERS.intersection(part):
            yield from self._below(_Entry(directory, part).path, rest) if rest else self._named(directory, part)
            return
        if part == _ANY_DEPTH:
            yield from self._below(directory, rest)
        for entry in self._entries(directory):
            if part == _ANY_DEPTH:
                if entry.is_directory and not os.path.islink(entry.path):  # noqa: PTH114
                    yield from self._below(entry.path, parts)
            elif fnmatchcase(entry.name, part):
                yield from self._below(entry.path, rest) if rest else ((entry, False),)
            elif not rest and fnmatchcase(entry.stem, part):
                yield entry, True

    def _named(self, directory: str, name: str) -> Iterator[_Found]:
        yield _Entry(directory, name), False
        yield from ((entry, True) for entry in self._rotated(directory, name))

    def _rotated(self, directory: str, name: str) -> Sequence[_Entry]:
        listing = self._listing(directory)
        return listing.rotated.get(name, ()) if listing else ()

    def _entries(self, directory: str) -> Sequence[_Entry]:
        listing = self._listing(directory)
        return listing.entries if listing else ()

    def _listing(self, directory: str) -> _Listing | None:
        try:
            changed_ns = os.stat(directory).st_mtime_ns  # noqa: PTH116
        except OSError:
            self._listings.pop(directory, None)
            return None
        known = self._listings.get(directory)
        if known is None or not self._is_current(known, changed_ns):
            known = self._listings[directory] = _Listing(directory, self._clock, changed_ns)
        return known

    def _is_current(self, listing: _Listing, changed_ns: int) -> bool:
        age_s = self._clock.monotonic_s() - listing.listed_s
        return listing.is_settled and listing.changed_ns == changed_ns and age_s < _LIST_AGAIN_S


def matching(patterns: Iterable[str]) -> Sequence[Path]:
    """The files that `patterns` match now, each once, as `LogPaths` finds them."""
    return list(LogPaths(patterns, SystemClock()).find().matching)
